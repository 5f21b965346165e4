package org.bottledwater.cli;

import java.net.InetSocketAddress;
import org.bottledwater.cli.http.About;
import org.bottledwater.cli.http.StatusServer;
import org.bottledwater.pipeline.RunStatus;
import org.bottledwater.pipeline.Settings;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The status page of a run, if there is to be one ({@code --http}). */
final class StatusPage implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StatusPage.class);

    private final @Nullable StatusServer server;

    private StatusPage(@Nullable StatusServer server) {
        this.server = server;
    }

    /**
     * @param address {@code host:port}, or empty for none
     * @throws WrongUsage if it is not understood
     */
    static StatusPage open(String address, RunStatus status, Settings settings) {
        if (address.isEmpty()) {
            return new StatusPage(null);
        }
        return new StatusPage(StatusServer.start(parse(address), status, about(settings), Secrets::hide));
    }

    /** Says in the log where it is. */
    void announce() {
        if (server != null) {
            log.info("status page at {}", server.url());
        }
    }

    private static About about(Settings settings) {
        return new About(
                Version.text(), settings.postgres().toString(), settings.kafka().bootstrapServers(), settings.slot());
    }

    /** @throws WrongUsage if it is not understood */
    static InetSocketAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        String port = text.substring(colon + 1);
        if (colon < 1 || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
            throw new WrongUsage(
                    "not an address to listen at: --http=" + text + "\n  write it like --http=127.0.0.1:8084");
        }
        String host = text.substring(0, colon).replaceAll("^\\[|]$", "");
        InetSocketAddress address = new InetSocketAddress(host, Integer.parseInt(port));
        if (address.isUnresolved()) {
            throw new WrongUsage("unknown host: --http=" + text);
        }
        return address;
    }

    /** Where it is, or nothing. */
    String url() {
        return server == null ? "" : server.url();
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
    }
}
