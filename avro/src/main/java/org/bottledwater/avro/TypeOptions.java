package org.bottledwater.avro;

import java.util.Map;
import org.bottledwater.change.ConfigurationException;

/**
 * The choices that the type table leaves open.
 *
 * @param numeric {@code --numeric}
 * @param columnTypes {@code --column-type}: from {@code schema.table.column} to {@code string}, the only choice yet
 * @param masks {@code --mask}: from {@code schema.table.column} to {@code sha256} or {@code redact}
 * @param moneyFraction how many fraction digits {@code money} has in this database ({@code lc_monetary} decides)
 * @param anyBytes whether the server takes text that is no text (its encoding is {@code SQL_ASCII})
 */
public record TypeOptions(
        NumericMapping numeric,
        Map<String, String> columnTypes,
        Map<String, String> masks,
        int moneyFraction,
        boolean anyBytes) {
    /** The value of {@link #columnTypes} that sends a column as PostgreSQL's own text. */
    static final String STRING = "string";

    /** The value of {@link #masks} that sends a hash of PostgreSQL's text. */
    static final String SHA256 = "sha256";

    /** The value of {@link #masks} that sends the same few stars for every value. */
    static final String REDACT = "redact";

    public static final TypeOptions DEFAULT = new TypeOptions(NumericMapping.DECIMAL, Map.of());

    public TypeOptions {
        columnTypes = Map.copyOf(columnTypes);
        columnTypes.forEach((column, type) -> {
            if (!type.equals(STRING)) {
                throw new ConfigurationException(
                        "unknown column type: --column-type=" + column + "=" + type + "; the only one is " + STRING);
            }
        });
        masks = Map.copyOf(masks);
        masks.forEach((column, mask) -> {
            if (!mask.equals(SHA256) && !mask.equals(REDACT)) {
                throw new ConfigurationException(
                        "unknown mask: --mask=" + column + "=" + mask + "; there are " + SHA256 + " and " + REDACT);
            }
        });
        if (moneyFraction < 0 || moneyFraction > 18) {
            throw new IllegalArgumentException("money fraction out of range: digits=" + moneyFraction);
        }
    }

    /** For a database as nearly all are: money has two fraction digits, and text is text. */
    public TypeOptions(NumericMapping numeric, Map<String, String> columnTypes) {
        this(numeric, columnTypes, Map.of(), 2, false);
    }

    /** The same for a database of its own ways. */
    public TypeOptions inDatabase(int digits, boolean takesAnyBytes) {
        return new TypeOptions(numeric, columnTypes, masks, digits, takesAnyBytes);
    }

    /** The same with columns masked. */
    public TypeOptions masking(Map<String, String> columns) {
        return new TypeOptions(numeric, columnTypes, columns, moneyFraction, anyBytes);
    }
}
