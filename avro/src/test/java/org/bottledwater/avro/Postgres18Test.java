package org.bottledwater.avro;

final class Postgres18Test extends ServerContract {
    Postgres18Test() {
        super("18");
    }
}
