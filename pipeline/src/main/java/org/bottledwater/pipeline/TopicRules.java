package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bottledwater.avro.AvroNames;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.CheckpointTopic;

/**
 * Topics that are called otherwise ({@code --topic-name}): for tables that fit a pattern as of {@link TableFilter}, a
 * name in which <code>{schema}</code> and <code>{table}</code> stand for those of the table. The first that fits counts.
 */
public final class TopicRules {
    /** None. */
    public static final TopicRules NONE = new TopicRules(List.of());

    private static final Pattern VALID = Pattern.compile("[A-Za-z0-9._-]{1,249}");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{(schema|table)}");

    private final List<Rule> rules;

    private record Rule(Pattern tables, String name) {}

    private TopicRules(List<Rule> rules) {
        this.rules = rules;
    }

    /** @throws ConfigurationException for a name that Kafka does not take */
    public static TopicRules parse(Map<String, String> names) {
        List<Rule> rules = new ArrayList<>();
        names.forEach((pattern, name) -> {
            String sample = PLACEHOLDER.matcher(name).replaceAll("x");
            if (!VALID.matcher(sample).matches() || sample.equals(".") || sample.equals("..")) {
                throw new ConfigurationException(
                        "not the name of a topic: --topic-name=" + pattern + "=" + name
                                + "\n  write it like --topic-name=public.orders=orders.v1 or --topic-name='sales.*=eu.{table}'");
            }
            rules.add(new Rule(Glob.compile(TableFilter.qualified(pattern)), name));
        });
        return new TopicRules(List.copyOf(rules));
    }

    /** What the table's topic is called, if any rule says it. */
    Optional<String> topic(TableName table) {
        return rules.stream()
                .filter(rule -> rule.tables().matcher(table.toString()).matches())
                .findFirst()
                .map(rule -> rule.name()
                        .replace("{schema}", AvroNames.topic(table.schema()))
                        .replace("{table}", AvroNames.topic(table.table())))
                .map(TopicRules::checked);
    }

    private static String checked(String topic) {
        if (topic.equals(CheckpointTopic.DEFAULT_NAME)) {
            throw new ConfigurationException(
                    "not the topic of a table: --topic-name gives " + topic + ", which is that of the checkpoints");
        }
        return topic;
    }
}
