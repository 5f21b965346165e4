package org.bottledwater.avro;

/** What happened to a row at its key, in the letters that readers of Debezium's envelopes know. */
public enum Operation {
    /** It was there already: a snapshot. */
    READ("r"),
    CREATE("c"),
    UPDATE("u"),
    DELETE("d");

    private final String letter;

    Operation(String letter) {
        this.letter = letter;
    }

    public String letter() {
        return letter;
    }
}
