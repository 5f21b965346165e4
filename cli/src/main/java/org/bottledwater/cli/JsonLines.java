package org.bottledwater.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.slf4j.event.KeyValuePair;

/** {@code --log-format=json}: an object a line, with the figures of a message as fields of their own. */
final class JsonLines extends EncoderBase<ILoggingEvent> {
    private static final byte[] NOTHING = {};

    private final boolean debug;

    /** @param debug whether stack traces are wanted */
    JsonLines(boolean debug) {
        this.debug = debug;
    }

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("time", event.getInstant().toString());
        json.put("level", event.getLevel().toString());
        json.put("logger", event.getLoggerName());
        json.put("thread", event.getThreadName());
        json.put("message", event.getFormattedMessage());
        if (event.getKeyValuePairs() != null) {
            event.getKeyValuePairs().forEach(pair -> put(json, pair));
        }
        Optional<IThrowableProxy> thrown = Optional.ofNullable(event.getThrowableProxy());
        if (debug) {
            thrown.ifPresent(proxy -> json.put("stack", ThrowableProxyUtil.asString(proxy)));
        }
        return (json + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static void put(ObjectNode json, KeyValuePair pair) {
        if (pair.value instanceof Double number) {
            json.put(pair.key, number);
        } else if (pair.value instanceof Number number) {
            json.put(pair.key, number.longValue());
        } else {
            json.put(pair.key, String.valueOf(pair.value));
        }
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }
}
