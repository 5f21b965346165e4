package org.bottledwater.cli;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.TopicConfig;

/** {@code --config-help}: what {@code -C} and {@code -T} take, from Kafka's own definitions. */
final class KafkaReference {
    private static final int WIDTH = 100;

    private KafkaReference() {}

    static void print(PrintStream out) {
        out.println("Settings of Kafka's client: -C NAME=VALUE (Kafka's default in brackets; some have another here)");
        out.println();
        for (ConfigDef.ConfigKey key : new TreeMap<>(ProducerConfig.configDef().configKeys()).values()) {
            String standard = key.hasDefault() && key.defaultValue != null && !"".equals(key.defaultValue)
                    ? " [" + key.defaultValue + "]"
                    : "";
            entry(out, key.name + standard, key.documentation);
        }
        out.println();
        out.println("Settings of new topics: -T NAME=VALUE (the broker has the defaults)");
        out.println();
        topicSettings().forEach((name, documentation) -> entry(out, name, documentation));
    }

    private static void entry(PrintStream out, String name, String documentation) {
        out.println("  " + name);
        out.println("      " + firstSentence(documentation));
    }

    /** Kafka's documentation is HTML for its web site. */
    static String firstSentence(String documentation) {
        String plain = documentation
                .replaceAll("<[^>]*>", "")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&amp;", "&")
                .replaceAll("\\s+", " ")
                .strip();
        int end = plain.indexOf(". ");
        String sentence = end < 0 ? plain : plain.substring(0, end + 1);
        return sentence.length() <= WIDTH
                ? sentence
                : sentence.substring(0, sentence.lastIndexOf(' ', WIDTH - 1)) + " …";
    }

    private static Map<String, String> topicSettings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DOC);
        settings.put(TopicConfig.COMPRESSION_TYPE_CONFIG, TopicConfig.COMPRESSION_TYPE_DOC);
        settings.put(TopicConfig.DELETE_RETENTION_MS_CONFIG, TopicConfig.DELETE_RETENTION_MS_DOC);
        settings.put(TopicConfig.FILE_DELETE_DELAY_MS_CONFIG, TopicConfig.FILE_DELETE_DELAY_MS_DOC);
        settings.put(TopicConfig.FLUSH_MESSAGES_INTERVAL_CONFIG, TopicConfig.FLUSH_MESSAGES_INTERVAL_DOC);
        settings.put(TopicConfig.FLUSH_MS_CONFIG, TopicConfig.FLUSH_MS_DOC);
        settings.put(TopicConfig.INDEX_INTERVAL_BYTES_CONFIG, TopicConfig.INDEX_INTERVAL_BYTES_DOC);
        settings.put(TopicConfig.LOCAL_LOG_RETENTION_BYTES_CONFIG, TopicConfig.LOCAL_LOG_RETENTION_BYTES_DOC);
        settings.put(TopicConfig.LOCAL_LOG_RETENTION_MS_CONFIG, TopicConfig.LOCAL_LOG_RETENTION_MS_DOC);
        settings.put(TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG, TopicConfig.MAX_COMPACTION_LAG_MS_DOC);
        settings.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, TopicConfig.MAX_MESSAGE_BYTES_DOC);
        settings.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, TopicConfig.MESSAGE_TIMESTAMP_TYPE_DOC);
        settings.put(TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG, TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_DOC);
        settings.put(TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG, TopicConfig.MIN_COMPACTION_LAG_MS_DOC);
        settings.put(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, TopicConfig.MIN_IN_SYNC_REPLICAS_DOC);
        settings.put(TopicConfig.PREALLOCATE_CONFIG, TopicConfig.PREALLOCATE_DOC);
        settings.put(TopicConfig.REMOTE_LOG_STORAGE_ENABLE_CONFIG, TopicConfig.REMOTE_LOG_STORAGE_ENABLE_DOC);
        settings.put(TopicConfig.RETENTION_BYTES_CONFIG, TopicConfig.RETENTION_BYTES_DOC);
        settings.put(TopicConfig.RETENTION_MS_CONFIG, TopicConfig.RETENTION_MS_DOC);
        settings.put(TopicConfig.SEGMENT_BYTES_CONFIG, TopicConfig.SEGMENT_BYTES_DOC);
        settings.put(TopicConfig.SEGMENT_INDEX_BYTES_CONFIG, TopicConfig.SEGMENT_INDEX_BYTES_DOC);
        settings.put(TopicConfig.SEGMENT_JITTER_MS_CONFIG, TopicConfig.SEGMENT_JITTER_MS_DOC);
        settings.put(TopicConfig.SEGMENT_MS_CONFIG, TopicConfig.SEGMENT_MS_DOC);
        settings.put(TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG, TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_DOC);
        return settings;
    }
}
