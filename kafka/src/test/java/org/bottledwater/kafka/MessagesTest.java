package org.bottledwater.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.Test;

final class MessagesTest {
    private static final Topic TOPIC = new Topic("orders", 1_000_000, false, true, true);
    private static final List<Header> FIRST = List.of(header("pg.xid", "1"));
    private static final List<Header> SECOND = List.of(header("pg.xid", "2"), header("pg.op", "insert"));

    private final Messages messages = new Messages(new BrokerClock());

    @Test
    void shouldGiveEachMessageTheHeadersItCameWith() {
        assertThat(message(1, FIRST).headers()).containsExactlyElementsOf(FIRST);
        assertThat(message(1, FIRST).headers()).containsExactlyElementsOf(FIRST);
        assertThat(message(1, SECOND).headers()).containsExactlyElementsOf(SECOND);
        assertThat(message(1, List.of()).headers()).isEmpty();
    }

    @Test
    void shouldNotLetOneMessageChangeTheHeadersOfTheNext() {
        message(1, FIRST).headers().add("another", new byte[0]);

        assertThat(message(1, FIRST).headers()).containsExactlyElementsOf(FIRST);
    }

    @Test
    void shouldGiveEachMessageItsTime() {
        assertThat(message(0, FIRST).timestamp()).isEqualTo(0);
        assertThat(message(7, FIRST).timestamp()).isEqualTo(7);
        assertThat(message(-1, FIRST).timestamp()).isNull();
        assertThat(message(7, FIRST).timestamp()).isEqualTo(7);
    }

    private ProducerRecord<byte[], byte[]> message(long millis, List<Header> headers) {
        return messages.message(TOPIC, new byte[] {1}, new byte[] {2}, millis, headers);
    }

    private static Header header(String name, String value) {
        return new RecordHeader(name, value.getBytes(UTF_8));
    }
}
