package org.bottledwater.pipeline;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bottledwater.change.Column;
import org.bottledwater.change.Relation;

/**
 * What the messages of a table look like: the rows of a partition are messages of the partitioned table, whose columns
 * may stand in another order.
 */
public final class MessageShape {
    private final Relation relation;
    private final int[] source;

    private MessageShape(Relation relation, int[] source) {
        this.relation = relation;
        this.source = source;
    }

    /** Messages like the rows of the table. */
    public static MessageShape of(Relation relation) {
        return new MessageShape(
                relation, IntStream.range(0, relation.columns().size()).toArray());
    }

    public static MessageShape ofPartition(Relation partition, Relation root) {
        int[] source = source(partition, root);
        Map<String, String> comments = root.columns().stream().collect(Collectors.toMap(Column::name, Column::comment));
        List<Column> columns = Arrays.stream(source)
                .mapToObj(position -> partition.columns().get(position))
                .map(column -> column.commented(comments.getOrDefault(column.name(), "")))
                .toList();
        List<Integer> key = IntStream.range(0, source.length)
                .filter(i -> partition.keyColumns().contains(source[i]))
                .boxed()
                .toList();
        return new MessageShape(
                new Relation(partition.oid(), root.name(), partition.identity(), columns, key, root.comment()), source);
    }

    /** Columns that the partitioned table does not have, dropped ones in an older row, come last. */
    private static int[] source(Relation partition, Relation root) {
        List<String> names = partition.columns().stream().map(Column::name).toList();
        IntStream common = root.columns().stream()
                .mapToInt(column -> names.indexOf(column.name()))
                .filter(position -> position >= 0);
        Set<String> rootNames = root.columns().stream().map(Column::name).collect(Collectors.toSet());
        IntStream rest = IntStream.range(0, names.size()).filter(i -> !rootNames.contains(names.get(i)));
        return IntStream.concat(common, rest).toArray();
    }

    /** The table as its messages show it. */
    public Relation relation() {
        return relation;
    }

    /** For each column of {@link #relation}, its position in the rows. */
    public int[] source() {
        return source.clone();
    }
}
