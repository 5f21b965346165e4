package org.bottledwater.pipeline.audit;

import java.util.List;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.bottledwater.change.MalformedInputException;

/** Cuts an Avro record into its fields (Avro's specification, "Binary Encoding"). Not thread-safe. */
final class AvroSplitter {
    private final Schema schema;
    private byte[] bytes = {};
    private int position;

    AvroSplitter(Schema schema) {
        this.schema = schema;
    }

    /** @throws MalformedInputException if the value is not of this schema */
    void split(byte[] value, int from, Spans spans) {
        bytes = value;
        position = from;
        spans.clear();
        for (Schema.Field field : schema.getFields()) {
            int begin = position;
            skip(field.schema());
            spans.add(begin, position);
        }
        if (position != value.length) {
            throw malformed();
        }
    }

    private void skip(Schema type) {
        switch (type.getType()) {
            case NULL -> {}
            case BOOLEAN -> advance(1);
            case INT, LONG, ENUM -> number();
            case FLOAT -> advance(4);
            case DOUBLE -> advance(8);
            case STRING, BYTES -> advance(number());
            case FIXED -> advance(type.getFixedSize());
            case RECORD -> type.getFields().forEach(field -> skip(field.schema()));
            case UNION -> skip(branch(type.getTypes(), number()));
            case ARRAY -> blocks(type.getElementType(), false);
            case MAP -> blocks(type.getValueType(), true);
        }
    }

    /** A negative count is followed by the block's size. */
    private void blocks(Schema element, boolean named) {
        for (long count = number(); count != 0; count = number()) {
            if (count < 0) {
                advance(number());
                continue;
            }
            for (long i = 0; i < count; i++) {
                if (named) {
                    advance(number());
                }
                skip(element);
            }
        }
    }

    private Schema branch(List<Schema> branches, long index) {
        if (index < 0 || index >= branches.size()) {
            throw malformed();
        }
        return branches.get((int) index);
    }

    private long number() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (position >= bytes.length) {
                throw malformed();
            }
            byte b = bytes[position++];
            value |= (b & 0x7FL) << shift;
            if (b >= 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw malformed();
    }

    private void advance(long length) {
        if (length < 0 || length > bytes.length - position) {
            throw malformed();
        }
        position += (int) length;
    }

    private MalformedInputException malformed() {
        return new MalformedInputException(
                "not a value of its schema: schema=" + schema.getFullName() + " position=" + position);
    }

    /** Whether two fields of these types have the same bytes for the same value. */
    static boolean sameType(Schema left, Schema right) {
        if (left.getType() != right.getType() || !logical(left).equals(logical(right))) {
            return false;
        }
        return switch (left.getType()) {
            case RECORD -> sameFields(left.getFields(), right.getFields());
            case ARRAY -> sameType(left.getElementType(), right.getElementType());
            case MAP -> sameType(left.getValueType(), right.getValueType());
            case UNION -> sameTypes(left.getTypes(), right.getTypes());
            case FIXED -> left.getFixedSize() == right.getFixedSize();
            case ENUM -> left.getEnumSymbols().equals(right.getEnumSymbols());
            case STRING, BYTES, INT, LONG, FLOAT, DOUBLE, BOOLEAN, NULL -> true;
        };
    }

    private static boolean sameFields(List<Schema.Field> left, List<Schema.Field> right) {
        for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
            if (!left.get(i).name().equals(right.get(i).name())
                    || !sameType(left.get(i).schema(), right.get(i).schema())) {
                return false;
            }
        }
        return left.size() == right.size();
    }

    private static boolean sameTypes(List<Schema> left, List<Schema> right) {
        for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
            if (!sameType(left.get(i), right.get(i))) {
                return false;
            }
        }
        return left.size() == right.size();
    }

    private static String logical(Schema schema) {
        LogicalType type = schema.getLogicalType();
        if (type == null) {
            return "";
        }
        return type instanceof LogicalTypes.Decimal decimal ? type.getName() + decimal.getScale() : type.getName();
    }
}
