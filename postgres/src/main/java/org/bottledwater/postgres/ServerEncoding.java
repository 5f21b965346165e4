package org.bottledwater.postgres;

import java.nio.charset.Charset;
import java.util.Map;
import java.util.Optional;
import org.bottledwater.change.ConfigurationException;

/** The encodings that a database can have (manual, "PostgreSQL Character Sets"). */
final class ServerEncoding {
    private static final Map<String, String> CHARSETS = Map.ofEntries(
            Map.entry("EUC_CN", "GB2312"),
            Map.entry("EUC_JP", "EUC-JP"),
            Map.entry("EUC_KR", "EUC-KR"),
            Map.entry("EUC_TW", "x-EUC-TW"),
            Map.entry("ISO_8859_5", "ISO-8859-5"),
            Map.entry("ISO_8859_6", "ISO-8859-6"),
            Map.entry("ISO_8859_7", "ISO-8859-7"),
            Map.entry("ISO_8859_8", "ISO-8859-8"),
            Map.entry("KOI8R", "KOI8-R"),
            Map.entry("KOI8U", "KOI8-U"),
            Map.entry("LATIN1", "ISO-8859-1"),
            Map.entry("LATIN2", "ISO-8859-2"),
            Map.entry("LATIN3", "ISO-8859-3"),
            Map.entry("LATIN4", "ISO-8859-4"),
            Map.entry("LATIN5", "ISO-8859-9"),
            Map.entry("LATIN7", "ISO-8859-13"),
            Map.entry("LATIN9", "ISO-8859-15"),
            Map.entry("WIN866", "IBM866"),
            Map.entry("WIN874", "windows-874"),
            Map.entry("WIN1250", "windows-1250"),
            Map.entry("WIN1251", "windows-1251"),
            Map.entry("WIN1252", "windows-1252"),
            Map.entry("WIN1253", "windows-1253"),
            Map.entry("WIN1254", "windows-1254"),
            Map.entry("WIN1255", "windows-1255"),
            Map.entry("WIN1256", "windows-1256"),
            Map.entry("WIN1257", "windows-1257"),
            Map.entry("WIN1258", "windows-1258"));

    private ServerEncoding() {}

    /**
     * What text in this encoding has to be read as; nothing for UTF-8, and for SQL_ASCII, which is none.
     *
     * @throws ConfigurationException for one that Java does not know
     */
    static Optional<Charset> charset(String encoding) {
        if (encoding.equals("UTF8") || encoding.equals("SQL_ASCII")) {
            return Optional.empty();
        }
        String name = CHARSETS.get(encoding);
        if (name == null || !Charset.isSupported(name)) {
            throw new ConfigurationException("the database's encoding cannot be read with test_decoding: encoding="
                    + encoding + "\n  use --plugin=pgoutput (PostgreSQL 10 and later), which sends UTF-8");
        }
        return Optional.of(Charset.forName(name));
    }
}
