package org.bottledwater.kafka;

/** The registry does not take a schema, for instance as it is not compatible with the subject's earlier ones. */
public final class SchemaRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String subject;

    public SchemaRefusedException(String subject, String message) {
        super(message);
        this.subject = subject;
    }

    public String subject() {
        return subject;
    }
}
