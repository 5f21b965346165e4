package org.bottledwater.postgres;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.bottledwater.change.ConfigurationException;

/** The connection keywords of libpq (manual, "Parameter Key Words"): which are honoured and where else they come from. */
final class Keywords {
    /** Keyword to the environment variable that gives its default; empty for none. */
    static final Map<String, String> HONOURED = Map.ofEntries(
            Map.entry("host", "PGHOST"),
            Map.entry("hostaddr", "PGHOSTADDR"),
            Map.entry("port", "PGPORT"),
            Map.entry("dbname", "PGDATABASE"),
            Map.entry("user", "PGUSER"),
            Map.entry("password", "PGPASSWORD"),
            Map.entry("passfile", "PGPASSFILE"),
            Map.entry("connect_timeout", "PGCONNECT_TIMEOUT"),
            Map.entry("application_name", "PGAPPNAME"),
            Map.entry("fallback_application_name", ""),
            Map.entry("options", "PGOPTIONS"),
            Map.entry("sslmode", "PGSSLMODE"),
            Map.entry("sslrootcert", "PGSSLROOTCERT"),
            Map.entry("sslcert", "PGSSLCERT"),
            Map.entry("sslkey", "PGSSLKEY"),
            Map.entry("sslpassword", ""),
            Map.entry("channel_binding", "PGCHANNELBINDING"),
            Map.entry("target_session_attrs", "PGTARGETSESSIONATTRS"),
            Map.entry("keepalives", ""),
            Map.entry("keepalives_idle", ""),
            Map.entry("keepalives_interval", ""),
            Map.entry("keepalives_count", ""),
            Map.entry("client_encoding", "PGCLIENTENCODING"));

    private static final Set<String> OTHERS_OF_LIBPQ = Set.of(
            "service",
            "servicefile",
            "replication",
            "require_auth",
            "requirepeer",
            "requiressl",
            "sslcompression",
            "sslcertmode",
            "sslcrl",
            "sslcrldir",
            "sslsni",
            "sslnegotiation",
            "sslkeylogfile",
            "ssl_min_protocol_version",
            "ssl_max_protocol_version",
            "min_protocol_version",
            "max_protocol_version",
            "gssencmode",
            "gsslib",
            "gssdelegation",
            "krbsrvname",
            "tcp_user_timeout",
            "load_balance_hosts",
            "oauth_issuer",
            "oauth_client_id",
            "oauth_client_secret",
            "oauth_scope",
            "scram_client_key",
            "scram_server_key");

    private Keywords() {}

    /** @return {@code keyword}, which is one of {@link #HONOURED} */
    static String checked(String keyword) {
        if (HONOURED.containsKey(keyword)) {
            return keyword;
        }
        if (OTHERS_OF_LIBPQ.contains(keyword)) {
            throw new ConfigurationException(
                    "postgres: this connection option is known to libpq but not supported here:" + " keyword=" + keyword
                            + ". Leave it out");
        }
        throw new ConfigurationException(
                "postgres: unknown connection option: keyword=" + keyword + ". Did you mean " + closest(keyword) + "?");
    }

    private static String closest(String word) {
        String best = "host";
        int least = Integer.MAX_VALUE;
        for (String keyword : new TreeSet<>(HONOURED.keySet())) {
            int distance = distance(word.toLowerCase(Locale.ROOT), keyword);
            if (distance < least) {
                least = distance;
                best = keyword;
            }
        }
        return best;
    }

    /** Levenshtein's distance: how many letters must be changed, added or removed. */
    private static int distance(String left, String right) {
        int[] row = new int[right.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replace = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replace, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[right.length()];
    }
}
