package org.bottledwater.change;

/**
 * Something that a person has to change before the work can go on: a setting, a privilege, a table. The message says
 * what is wrong, where, and what mends it; trying again without a change is useless.
 */
public class ConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ConfigurationException(String message) {
        super(message);
    }

    public ConfigurationException(String message, Throwable cause) {
        super(message, cause);
    }
}
