package org.bottledwater.connect;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Header;
import org.jspecify.annotations.Nullable;

/** Makes records of parcels. The worker's thread only. */
final class Wrapping {
    private final Optional<RowSchemas> rows;
    private final boolean headersAreBytes;
    private @Nullable Iterable<org.apache.kafka.common.header.Header> last;
    private List<Header> lastHeaders = List.of();

    /**
     * @param rows the schemas that the rows' bytes name, or nothing if bytes are what the worker is to get
     * @param headersAreBytes whether the worker's converter of headers takes nothing but bytes
     */
    Wrapping(Optional<RowSchemas> rows, boolean headersAreBytes) {
        this.rows = rows;
        this.headersAreBytes = headersAreBytes;
    }

    Dispatch wrap(Parcel parcel) {
        Long timestamp = parcel.timestamp() < 0 ? null : parcel.timestamp();
        return new Dispatch(
                parcel,
                content(parcel.kind(), parcel.key()),
                content(parcel.kind(), parcel.value()),
                timestamp,
                headers(parcel.headers()));
    }

    private Dispatch.Content content(Parcel.Kind kind, byte @Nullable [] bytes) {
        if (rows.isEmpty()) {
            return new Dispatch.Content(bytes == null ? Schema.OPTIONAL_BYTES_SCHEMA : Schema.BYTES_SCHEMA, bytes);
        }
        if (bytes == null) {
            return Dispatch.Content.NONE;
        }
        return switch (kind) {
            case ROW -> {
                RowReader reader = rows.get().reader(ByteBuffer.wrap(bytes).getInt(1));
                yield new Dispatch.Content(reader.schema(), reader.read(bytes));
            }
            case CHECKPOINT -> new Dispatch.Content(Schema.STRING_SCHEMA, new String(bytes, StandardCharsets.UTF_8));
            case MESSAGE -> new Dispatch.Content(Schema.BYTES_SCHEMA, bytes);
        };
    }

    /** Those of one transaction are one object, so that it is enough to remember the last. */
    @SuppressWarnings("ReferenceEquality")
    private Iterable<Header> headers(Iterable<org.apache.kafka.common.header.Header> from) {
        if (last != from) {
            List<Header> made = new ArrayList<>();
            ConnectHeaders headers = new ConnectHeaders();
            from.forEach(header -> headers.add(header.key(), value(header.value())));
            headers.forEach(made::add);
            last = from;
            lastHeaders = made;
        }
        return lastHeaders;
    }

    /** They are text; as such Connect's usual converter writes them as the command line does. */
    private SchemaAndValue value(byte[] value) {
        return headersAreBytes
                ? new SchemaAndValue(Schema.BYTES_SCHEMA, value)
                : new SchemaAndValue(Schema.STRING_SCHEMA, new String(value, StandardCharsets.UTF_8));
    }
}
