package org.bottledwater.avro;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The fields of one composite value, as it has them. It is made for values of another shape than their type's. */
final class CompositeParts {
    /** Where the text form is all there is: nothing says what type a field has. */
    static final int UNKNOWN = 0;

    /** A field, {@code bytes[offset, offset + length)}; {@code length} is -1 for NULL. */
    static final class Part {
        static final Part ABSENT = new Part(UNKNOWN, RowEncoder.NO_PREFIX, 0, -1);

        final int typeOid;
        final byte[] bytes;
        final int offset;
        final int length;

        Part(int typeOid, byte[] bytes, int offset, int length) {
            this.typeOid = typeOid;
            this.bytes = bytes;
            this.offset = offset;
            this.length = length;
        }
    }

    private final List<Part> parts = new ArrayList<>();

    private CompositeParts() {}

    static CompositeParts ofText(byte[] in, int offset, int length) {
        CompositeParts found = new CompositeParts();
        Token token = new Token("composite", in, offset, length);
        token.expect('(');
        do {
            token.read(",)");
            boolean absent = token.length == 0 && !token.quoted;
            found.parts.add(new Part(UNKNOWN, token.bytes, token.offset, absent ? -1 : token.length));
        } while (token.skip(','));
        token.expect(')');
        token.finish();
        return found;
    }

    static CompositeParts ofBinary(byte[] in, int offset, int length) {
        CompositeParts found = new CompositeParts();
        Wire wire = new Wire("composite", in, offset, length);
        int count = wire.count(8);
        for (int i = 0; i < count; i++) {
            int oid = wire.int32();
            int bytes = wire.nullableLength();
            found.parts.add(new Part(oid, in, bytes < 0 ? 0 : wire.take(bytes), bytes));
        }
        wire.finish();
        return found;
    }

    int size() {
        return parts.size();
    }

    Part get(int i) {
        return parts.get(i);
    }

    /** Whether the fields say of which types they are. */
    boolean haveTypes() {
        return !parts.isEmpty() && parts.get(0).typeOid != UNKNOWN;
    }

    /** Whether the field may be of the type {@code oid}. */
    boolean mayBe(int i, int oid) {
        return parts.get(i).typeOid == UNKNOWN || parts.get(i).typeOid == oid;
    }

    /** {@code 2 fields of types 23, 25}. */
    @Override
    public String toString() {
        String oids = parts.stream()
                .filter(part -> part.typeOid != UNKNOWN)
                .map(part -> Integer.toUnsignedString(part.typeOid))
                .collect(Collectors.joining(", "));
        return parts.size()
                + (parts.size() == 1 ? " field" : " fields")
                + (oids.isEmpty() ? "" : " of the types with OID " + oids);
    }
}
