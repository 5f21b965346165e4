package org.bottledwater.avro;

final class Postgres12Test extends ServerContract {
    Postgres12Test() {
        super("12");
    }
}
