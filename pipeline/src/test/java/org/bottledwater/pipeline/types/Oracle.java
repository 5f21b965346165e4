package org.bottledwater.pipeline.types;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.bottledwater.avro.Meaning;
import org.bottledwater.avro.RowSchema;
import org.bottledwater.avro.TypeOptions;
import org.bottledwater.change.Column;
import org.bottledwater.change.Relation;
import org.bottledwater.change.TableName;

/**
 * Asks the server whether messages say what its rows say: each value, as Avro's own reader has it, is given back to the server
 * in the type's text form, and has to be the value of the row that has the same number in its first column, {@code n}. The JSON has to
 * say the same as the Avro.
 */
final class Oracle {
    private static final int ENVELOPE_BYTES = 5;

    /** PostgreSQL's longest number has 147,455 digits. */
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNumberLength(150_000)
                            .build())
                    .build())
            .configure(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES, false)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private final Connection server;

    Oracle(Connection server) {
        this.server = server;
    }

    /** A row as Avro's reader and a JSON parser have it, and the JSON as it was written. */
    record Row(GenericRecord avro, JsonNode json, String text) {}

    /** @param encoded Avro in hexadecimal and JSON, or {@code refused} */
    static List<Row> read(Relation relation, List<String> encoded) {
        Schema schema = RowSchema.of(relation, TypeOptions.DEFAULT).valueSchema();
        List<Row> rows = new ArrayList<>();
        for (String row : encoded) {
            if (!row.equals(EncodedRows.REFUSED)) {
                int space = row.indexOf(' ');
                String json = row.substring(space + 1);
                rows.add(new Row(avro(schema, HexFormat.of().parseHex(row.substring(0, space))), json(json), json));
            }
        }
        return rows;
    }

    private static GenericRecord avro(Schema schema, byte[] message) {
        try {
            BinaryDecoder decoder =
                    DecoderFactory.get().binaryDecoder(message, ENVELOPE_BYTES, message.length - ENVELOPE_BYTES, null);
            GenericRecord row = new GenericDatumReader<GenericRecord>(schema).read(null, decoder);
            if (!decoder.isEnd()) {
                throw new AssertionError("bytes left over after the row: " + row);
            }
            return row;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }

    /** What differs, a line for each value; nothing if all is well. */
    List<String> differences(Relation relation, List<Row> rows) throws SQLException {
        List<String> differences = new ArrayList<>();
        for (int i = 1; i < relation.columns().size(); i++) {
            Column column = relation.columns().get(i);
            for (Row row : rows) {
                Schema schema = row.avro().getSchema().getFields().get(i).schema();
                try {
                    Meaning.checkJson(
                            column.type(), schema, row.avro().get(i), row.json().get(column.name()));
                } catch (AssertionError e) {
                    differences.add(relation + "." + column.name() + ": " + e.getMessage());
                }
            }
            compare(relation, i, rows, differences);
        }
        return differences;
    }

    private void compare(Relation relation, int position, List<Row> rows, List<String> differences)
            throws SQLException {
        Column column = relation.columns().get(position);
        if (column.declaredType().startsWith("\"char\"") && server.getMetaData().getDatabaseMajorVersion() < 16) {
            // It prints bytes that are no text, and does not read what later versions print for them.
            return;
        }
        execute("CREATE TEMP TABLE said (n int, v text)");
        try (PreparedStatement insert = server.prepareStatement("INSERT INTO said VALUES (?, ?)")) {
            for (Row row : rows) {
                Schema schema = row.avro().getSchema().getFields().get(position).schema();
                insert.setInt(1, (int) row.avro().get(0));
                insert.setString(
                        2, Meaning.literal(column.type(), schema, row.avro().get(position)));
                insert.addBatch();
            }
            insert.executeBatch();
        }
        String name = TableName.quote(column.name());
        // The bounds of an array are not in the message.
        String printed = "regexp_replace(format('%%s', %s), '^(\\[-?[0-9]+:-?[0-9]+\\])+=', '')";
        String there = printed.formatted("t." + name);
        String said = printed.formatted("s.v::" + column.declaredType());
        // Every number is said once, and the table has it.
        try (Statement statement = server.createStatement();
                ResultSet row = statement.executeQuery("SELECT s.n, " + there + ", s.v FROM said s LEFT JOIN "
                        + relation.name().quoted() + " t USING (n) WHERE t.n IS NULL OR " + there + " <> "
                        + said + " OR (s.v IS NULL) <> (t." + name + " IS NULL AND " + there + " = '')")) {
            while (row.next()) {
                differences.add(relation + "." + column.name() + " " + column.declaredType() + " n=" + row.getInt(1)
                        + ": the server has " + row.getString(2) + ", the message " + row.getString(3));
            }
        } catch (SQLException e) {
            differences.add(relation + "." + column.name() + " " + column.declaredType()
                    + ": what the message says is no value for the server: " + e.getMessage());
        }
        execute("DROP TABLE said");
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = server.createStatement()) {
            statement.execute(sql);
        }
    }
}
