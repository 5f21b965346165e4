package org.bottledwater.sandbox;

/** A program that starts servers, says where they are, and waits for a death it cannot notice. */
final class Orphans {

    private Orphans() {}

    public static void main(String[] arguments) throws InterruptedException {
        try (PostgresServer postgres = PostgresServer.start("18");
                RegistryServer registry = RegistryServer.start()) {
            System.out.println(postgres.port() + " " + postgres.log());
            System.out.println(registry.url() + " " + registry.log());
            Thread.currentThread().join();
        }
    }
}
