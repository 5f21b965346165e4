package org.bottledwater.connect;

import java.util.function.Supplier;
import org.bottledwater.change.ConfigurationException;

/** A setting that makes no sense, and which one it is. */
final class WrongOption extends ConfigurationException {
    private static final long serialVersionUID = 1;

    private final String option;

    WrongOption(String option, String message) {
        super(message);
        this.option = option;
    }

    String option() {
        return option;
    }

    /** What {@code reading} does not understand is in that option. */
    static <T> T in(String option, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (WrongOption e) {
            throw e;
        } catch (ConfigurationException e) {
            WrongOption named = new WrongOption(option, Words.ofConnect(e));
            named.initCause(e);
            throw named;
        }
    }
}
