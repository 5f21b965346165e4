package org.bottledwater.postgres.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Big-endian numbers in an array. The caller has checked that they are there. */
final class Bytes {
    private static final VarHandle INT16 = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT32 = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT64 = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private Bytes() {}

    static short int16(byte[] buffer, int offset) {
        return (short) INT16.get(buffer, offset);
    }

    static int int32(byte[] buffer, int offset) {
        return (int) INT32.get(buffer, offset);
    }

    static long int64(byte[] buffer, int offset) {
        return (long) INT64.get(buffer, offset);
    }
}
