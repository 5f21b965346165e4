package org.bottledwater.postgres;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.bottledwater.change.ConfigurationException;

/**
 * Where a database is and how to log in, as libpq understands it (manual, "Database Connection Control Functions"): a
 * URI or {@code key=value} pairs, the {@code PG…} environment variables, the password file, and libpq's defaults,
 * except that without any host it is {@code localhost}.
 */
public final class PostgresAddress {
    private static final Set<String> SSL_MODES =
            Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");
    private static final Set<String> SESSIONS = Set.of("any", "read-write", "read-only", "primary", "standby");
    private static final Set<String> CHANNEL_BINDINGS = Set.of("disable", "prefer", "require");

    /** A server: a name or address, or the folder of a unix socket, which begins with a slash. */
    public record Host(String name, int port) {
        boolean isSocketFolder() {
            return name.startsWith("/") || name.startsWith("@");
        }

        /** {@code name:port}, for people. */
        @Override
        public String toString() {
            return (name.indexOf(':') >= 0 ? "[" + name + "]" : name) + ":" + port;
        }
    }

    private final List<Host> hosts;
    private final Map<String, String> values;
    private final PasswordFile passwords;
    private final Path home;

    private PostgresAddress(List<Host> hosts, Map<String, String> values, PasswordFile passwords, Path home) {
        this.hosts = hosts;
        this.values = values;
        this.passwords = passwords;
        this.home = home;
    }

    /**
     * @param conninfo a URI or {@code key=value} pairs; may be empty when the environment says all
     * @param environment where to look up {@code PGHOST} and its kin
     * @param home the folder of {@code .pgpass} and {@code .postgresql}
     * @throws ConfigurationException when something in it makes no sense; the message has no password
     */
    public static PostgresAddress parse(String conninfo, Map<String, String> environment, Path home) {
        Map<String, String> values = new TreeMap<>();
        Keywords.HONOURED.forEach((keyword, variable) -> {
            String value = environment.getOrDefault(variable, "");
            if (!value.isEmpty()) {
                values.put(keyword, value);
            }
        });
        Map<String, String> given = Conninfo.parse(conninfo.strip());
        // In a string that names a host, an address that the environment gives for another host must not win.
        if (given.containsKey("host") && !given.containsKey("hostaddr")) {
            values.remove("hostaddr");
        }
        given.forEach((keyword, value) -> {
            if (!value.isEmpty()) {
                values.put(keyword, value);
            }
        });
        if (!environment.getOrDefault("PGSERVICE", "").isEmpty()) {
            throw new ConfigurationException("postgres: PGSERVICE is set, but service files are not supported here."
                    + " Unset it and write the connection out");
        }
        String user = values.computeIfAbsent("user", absent -> System.getProperty("user.name"));
        values.putIfAbsent("dbname", user);
        check("sslmode", values, SSL_MODES);
        check("target_session_attrs", values, SESSIONS);
        check("channel_binding", values, CHANNEL_BINDINGS);
        for (String keyword : List.of("keepalives_idle", "keepalives_interval", "keepalives_count")) {
            number(keyword, values.getOrDefault(keyword, "0"), 0, Short.MAX_VALUE);
        }
        number("connect_timeout", values.getOrDefault("connect_timeout", "10"), 0, Integer.MAX_VALUE / 1000);
        Path passfile =
                Path.of(values.getOrDefault("passfile", home.resolve(".pgpass").toString()));
        return new PostgresAddress(hosts(values), values, PasswordFile.read(passfile), home);
    }

    private static List<Host> hosts(Map<String, String> values) {
        String[] names = values.getOrDefault("host", "localhost").split(",", -1);
        String[] addresses = values.getOrDefault("hostaddr", "").split(",", -1);
        if (values.containsKey("hostaddr") && !values.containsKey("host")) {
            names = new String[addresses.length];
            Arrays.fill(names, "");
        }
        if (values.containsKey("hostaddr") && addresses.length != names.length) {
            throw new ConfigurationException("postgres: there must be as many addresses as hosts: host=" + names.length
                    + " hostaddr=" + addresses.length);
        }
        String[] ports = values.getOrDefault("port", "5432").split(",", -1);
        if (ports.length != 1 && ports.length != names.length) {
            throw new ConfigurationException("postgres: there must be one port, or as many as hosts: host="
                    + names.length + " port=" + ports.length);
        }
        List<Host> hosts = new ArrayList<>();
        for (int i = 0; i < names.length; i++) {
            String address = values.containsKey("hostaddr") ? addresses[i].strip() : "";
            String name = address.isEmpty() ? names[i].strip() : address;
            String port = ports[ports.length == 1 ? 0 : i].strip();
            hosts.add(new Host(
                    name.isEmpty() ? "localhost" : name, port.isEmpty() ? 5432 : number("port", port, 1, 65535)));
        }
        return List.copyOf(hosts);
    }

    private static int number(String keyword, String text, int least, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below, in the same words as a number that is out of range.
        }
        throw new ConfigurationException(
                "postgres: not a number from " + least + " to " + most + ": " + keyword + "=" + text);
    }

    private static void check(String keyword, Map<String, String> values, Set<String> allowed) {
        String value = values.get(keyword);
        if (value != null && !allowed.contains(value)) {
            throw new ConfigurationException("postgres: " + keyword + "=" + value + " is not one of "
                    + String.join(", ", allowed.stream().sorted().toList()));
        }
    }

    /** The servers in the order in which they are tried; one at least. */
    public List<Host> hosts() {
        return hosts;
    }

    /** The first server's name, address, or socket folder. */
    public String host() {
        return hosts.get(0).name();
    }

    /** The first server's port. */
    public int port() {
        return hosts.get(0).port();
    }

    public String database() {
        return values.getOrDefault("dbname", "");
    }

    public String user() {
        return values.getOrDefault("user", "");
    }

    Optional<String> value(String keyword) {
        return Optional.ofNullable(values.get(keyword));
    }

    /** The same with another name for our sessions in {@code pg_stat_activity}, unless the user gave one. */
    public PostgresAddress called(String sessions) {
        if (value("application_name").isPresent()
                || value("fallback_application_name").isPresent()) {
            return this;
        }
        Map<String, String> named = new TreeMap<>(values);
        named.put("fallback_application_name", sessions);
        return new PostgresAddress(hosts, named, passwords, home);
    }

    String applicationName() {
        return value("application_name")
                .or(() -> value("fallback_application_name"))
                .orElse("bottledwater");
    }

    /** How long to wait for a server to answer; zero means for ever, as in libpq. */
    Duration connectTimeout() {
        return Duration.ofSeconds(Long.parseLong(values.getOrDefault("connect_timeout", "10")));
    }

    /** As in libpq, except that its own default, the system's two hours of silence, is of no use to anybody. */
    KeepAlive keepAlive() {
        return new KeepAlive(
                keepAlive("keepalives_idle", KeepAlive.USUAL.idleSeconds()),
                keepAlive("keepalives_interval", KeepAlive.USUAL.intervalSeconds()),
                keepAlive("keepalives_count", KeepAlive.USUAL.count()));
    }

    private int keepAlive(String keyword, int usual) {
        return value(keyword).map(Integer::parseInt).orElse(usual);
    }

    Path home() {
        return home;
    }

    /** Given outright, or the one that the password file has for {@code host}. */
    Optional<String> password(Host host) {
        return value("password").or(() -> passwords.find(passwordHost(host), host.port(), database(), user()));
    }

    /** The file's lines speak of the host's name even where its address was given, and of no default socket folder. */
    private String passwordHost(Host host) {
        int index = hosts.indexOf(host);
        String[] names = values.getOrDefault("host", "").split(",", -1);
        String named =
                index >= 0 && index < names.length && !names[index].isBlank() ? names[index].strip() : host.name();
        boolean usualFolder = named.equals("/tmp") || named.equals("/var/run/postgresql");
        return usualFolder ? "localhost" : named;
    }

    /** For people: without password. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "postgres://%s@%s/%s",
                user(),
                String.join(",", hosts.stream().map(Host::toString).toList()),
                database());
    }
}
