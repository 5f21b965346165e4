package org.bottledwater.avro;

/** inet, cidr, macaddr and macaddr8 (manual, "Network Address Types"). */
final class Network {
    static final Codec INET = new Inet("inet");
    static final Codec CIDR = new Inet("cidr");
    static final Codec MACADDR = new MacAddr("macaddr", 6);
    static final Codec MACADDR8 = new MacAddr("macaddr8", 8);

    private static final int V4 = 2;
    private static final int V6 = 3;

    private Network() {}

    /**
     * <pre>
     *   0  int8   family: 2 is IPv4, 3 is IPv6
     *   1  int8   bits of the network
     *   2  int8   1 for cidr
     *   3  int8   bytes of the address: 4 or 16
     *   4  …      address
     * </pre>
     */
    private static final class Inet extends StringCodec {
        private final String name;

        Inet(String name) {
            this.name = name;
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire wire = new Wire(name, in, offset, length);
            int family = wire.int8();
            int bits = wire.int8() & 0xFF;
            int cidr = wire.int8();
            int bytes = wire.int8();
            if (family != V4 && family != V6) {
                throw wire.malformed("unknown family, family=" + family);
            }
            if (bytes != (family == V4 ? 4 : 16) || bits > bytes * 8) {
                throw wire.malformed("impossible address, bytes=" + bytes + " bits=" + bits);
            }
            int address = wire.take(bytes);
            wire.finish();
            if (family == V4) {
                v4(in, address, out);
            } else {
                v6(in, address, out);
            }
            if (cidr != 0 || bits != bytes * 8) {
                out.append('/').append(bits);
            }
        }

        private static void v4(byte[] in, int address, TextBuffer out) {
            for (int i = 0; i < 4; i++) {
                out.append(i == 0 ? "" : ".").append(in[address + i] & 0xFF);
            }
        }

        /** The longest run of zeros becomes {@code ::}; an address that holds an IPv4 one ends as that. */
        private static void v6(byte[] in, int address, TextBuffer out) {
            int best = -1;
            int bestLength = 1;
            for (int i = 0; i < 8; i++) {
                int run = 0;
                while (i + run < 8 && word(in, address, i + run) == 0) {
                    run++;
                }
                if (run > bestLength) {
                    best = i;
                    bestLength = run;
                }
                i += run;
            }
            for (int i = 0; i < 8; i++) {
                if (best >= 0 && i >= best && i < best + bestLength) {
                    out.append(i == best ? ":" : "");
                    continue;
                }
                out.append(i == 0 ? "" : ":");
                if (i == 6 && best == 0 && holdsV4(in, address, bestLength)) {
                    v4(in, address + 12, out);
                    return;
                }
                out.append(Integer.toHexString(word(in, address, i)));
            }
            out.append(best >= 0 && best + bestLength == 8 ? ":" : "");
        }

        private static boolean holdsV4(byte[] in, int address, int zeros) {
            return zeros == 6
                    || (zeros == 7 && word(in, address, 7) != 1)
                    || (zeros == 5 && word(in, address, 5) == 0xFFFF);
        }

        private static int word(byte[] in, int address, int index) {
            return Wire.int16(in, address + 2 * index) & 0xFFFF;
        }
    }

    private static final class MacAddr extends StringCodec {
        private final String name;
        private final int bytes;

        MacAddr(String name, int bytes) {
            this.name = name;
            this.bytes = bytes;
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire.checkLength(name, length, bytes);
            for (int i = 0; i < bytes; i++) {
                out.append(i == 0 ? "" : ":").appendHex(in[offset + i]);
            }
        }
    }
}
