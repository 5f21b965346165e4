package org.bottledwater.pipeline;

import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.kafka.TopicEnds;
import org.bottledwater.kafka.TopicLookup;

/**
 * The first step of every copy of tables that are in Kafka already: entries of the checkpoint that say so, to be committed
 * before anything else. Where their topics end now stands in them, so that the copy's last step is to clear the keys that
 * were there and did not come again, however often the copy is killed in between.
 */
final class Anew {
    private Anew() {}

    /** The entries by table; what was known of the tables before is forgotten with them. */
    static Map<TableName, TableProgress> marks(
            Settings settings, TopicLookup topics, Collection<TableProgress> tables) {
        Map<String, TopicEnds> ends =
                topics.ends(tables.stream().map(table -> topic(settings, table)).collect(Collectors.toSet()));
        return tables.stream()
                .collect(Collectors.toMap(
                        TableProgress::table,
                        table -> table.again(ends.getOrDefault(topic(settings, table), TopicEnds.EMPTY))));
    }

    /** What of an earlier state is such a mark. */
    static Map<TableName, TableProgress> of(Collection<TableProgress> tables) {
        return tables.stream()
                .filter(table -> table.isUntouched() && table.before().isPresent())
                .collect(Collectors.toMap(TableProgress::table, table -> table));
    }

    private static String topic(Settings settings, TableProgress table) {
        return TopicNames.topic(settings, table.root().orElse(table.table()));
    }
}
