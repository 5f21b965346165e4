package org.bottledwater.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads an enum's constant as it is written on a command line: {@code exactly-once}, {@code test_decoding}. */
final class Choice<E extends Enum<E>> implements ITypeConverter<E> {
    private final Class<E> type;

    Choice(Class<E> type) {
        this.type = type;
    }

    @Override
    public E convert(String value) {
        List<String> choices = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            if (plain(constant.name()).equals(plain(value))) {
                return constant;
            }
            choices.add(plain(constant.name()));
        }
        throw new TypeConversionException("'" + value + "' is none of " + String.join(", ", choices));
    }

    /** PostgreSQL writes its plugin with an underscore; both ways are taken. */
    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
