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
    private final int width;

    private MessageShape(Relation relation, int[] source, int width) {
        this.relation = relation;
        this.source = source;
        this.width = width;
    }

    /** Messages like the rows of the table. */
    public static MessageShape of(Relation relation) {
        int width = relation.columns().size();
        return new MessageShape(relation, IntStream.range(0, width).toArray(), width);
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
                new Relation(partition.oid(), root.name(), partition.identity(), columns, key, root.comment()),
                source,
                source.length);
    }

    /**
     * Without the columns that are not to be sent.
     *
     * @throws org.bottledwater.change.ConfigurationException if that cannot be done
     */
    public MessageShape only(ColumnFilter filter) {
        if (filter.isAll()) {
            return this;
        }
        filter.require(relation);
        int[] sent = IntStream.range(0, source.length)
                .filter(i ->
                        filter.sends(relation.name(), relation.columns().get(i).name()))
                .toArray();
        if (sent.length == source.length) {
            return this;
        }
        List<Column> columns =
                Arrays.stream(sent).mapToObj(i -> relation.columns().get(i)).toList();
        List<Integer> key = IntStream.range(0, sent.length)
                .filter(i -> relation.keyColumns().contains(sent[i]))
                .boxed()
                .toList();
        return new MessageShape(
                new Relation(relation.oid(), relation.name(), relation.identity(), columns, key, relation.comment()),
                Arrays.stream(sent).map(i -> source[i]).toArray(),
                width);
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

    /** Which columns of the rows are in no message. */
    int[] hidden() {
        return IntStream.range(0, width)
                .filter(position -> Arrays.stream(source).noneMatch(sent -> sent == position))
                .toArray();
    }

    /** How many columns the rows have. */
    public int width() {
        return width;
    }
}
