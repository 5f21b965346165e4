package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bottledwater.avro.RowEncoder;
import org.bottledwater.avro.RowSchema;
import org.bottledwater.avro.TypeTable;
import org.bottledwater.change.Column;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.CheckpointEntry;
import org.bottledwater.kafka.SchemaRefusedException;
import org.bottledwater.kafka.Schemas;
import org.bottledwater.kafka.Topic;
import org.bottledwater.kafka.TopicLookup;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Table;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds for each version of a table, once, the topic and the encoder of its rows. */
final class Routes {
    /** How long a refusal of the registry or a missing topic is believed before it is asked again. */
    private static final Duration RETRY = Duration.ofSeconds(5);

    /** The OID of a table that neither the catalog nor the list of tables has. */
    private static final int UNKNOWN = 0;

    private static final String DROPPED =
            "it was dropped before they were read, and what its key was is not known any more";

    private static final Logger log = LoggerFactory.getLogger(Routes.class);

    private final Settings settings;
    private final TopicLookup topics;
    private final Optional<Schemas> schemas;
    private final KnownTables tables;
    private final Catalog catalog;
    private final RunStatus status;
    private final Set<TableName> passedOver = new HashSet<>();
    private final Map<Integer, Known> routes = new HashMap<>();
    private Optional<NewTables> newTables = Optional.empty();
    private boolean binaryStream;
    private int xid;
    private @Nullable Known last;

    /**
     * The route of the version of a table that was met last.
     *
     * @param types the composite types of its columns, if it has any
     */
    private record Known(
            Relation relation, Route route, @Nullable CompositeTypes types) {}

    Routes(
            Settings settings,
            TopicLookup topics,
            Optional<Schemas> schemas,
            KnownTables tables,
            Catalog catalog,
            RunStatus status) {
        this.settings = settings;
        this.topics = topics;
        this.schemas = schemas;
        this.tables = tables;
        this.catalog = catalog;
        this.status = status;
    }

    /** Whether the tuples that follow come in binary, so that every type has to be one whose binary form is known. */
    void expectBinary(boolean binary) {
        binaryStream = binary;
    }

    /** The changes that follow are of this transaction. */
    void begin(int newXid) {
        xid = newXid;
    }

    /** Whether the copy of the table has shown what the transaction did. */
    boolean isCopied(Relation relation) {
        return tables.hasCopies()
                && tables.copied(relation).filter(copy -> copy.includes(xid)).isPresent();
    }

    /** New tables all of whose changes come with the stream need no copy. */
    void admit(NewTables newTables) {
        this.newTables = Optional.of(newTables);
    }

    /** What is to be written down of tables that were admitted since this was asked last. */
    List<CheckpointEntry> admitted() {
        return newTables.map(NewTables::admitted).orElse(List.of());
    }

    /**
     * Where the rows of a copy go. Any thread; the result is for one.
     *
     * @param session what the thread asks
     * @param found topics that were looked up already
     */
    Route ofCopy(Table table, Relation relation, Catalog session, Map<String, Topic> found) {
        Optional<Relation> root = table.root().flatMap(name -> root(relation, session, name));
        if (root.isPresent() != table.root().isPresent() || isUnwanted(relation)) {
            throw new ConnectionException(
                    "snapshot: the table was attached, detached, or lost its key just now, table=" + table.name(),
                    new IllegalStateException("changed"));
        }
        return open(relation.named(table.knownAs()), root, found);
    }

    /** What is to happen with the rows of this version of a table. */
    Route of(Relation relation) {
        Known known = last;
        if (known == null || known.relation != relation) {
            known = routes.get(relation.oid());
        }
        if (known == null || known.relation != relation || isStale(known)) {
            known = know(relation);
            routes.put(relation.oid(), known);
        }
        last = known;
        return known.route;
    }

    /** As {@link #of}, after a look at what the table's types are by now. */
    Route again(Relation relation) {
        routes.remove(relation.oid());
        last = null;
        return of(relation);
    }

    private Known know(Relation relation) {
        CompositeTypes types = CompositeTypes.of(relation, catalog).orElse(null);
        return new Known(relation, ofStream(types == null ? relation : types.relation()), types);
    }

    private boolean isStale(Known known) {
        return isStale(known.route) || (known.types != null && !known.types.cover(xid, catalog));
    }

    /** The stream is at {@code lsn}: what was copied further ahead than that no longer hides changes. */
    void reached(long lsn) {
        if (tables.catchesUp(lsn)) {
            routes.clear();
            last = null;
        }
    }

    private static boolean isStale(Route route) {
        return route instanceof Route.Refused refused && System.nanoTime() - refused.retryAtNanos() >= 0;
    }

    /** The name in the WAL, and what the catalog has under it by now, decide nothing: a table is its OID. */
    private Route ofStream(Relation relation) {
        Optional<KnownTables.Known> known = tables.find(relation);
        if (known.isEmpty()) {
            return ofUnknown(relation);
        }
        return known.get().hasLeft() ? ofLeft(relation, known.get()) : ofKnown(relation, known.get());
    }

    private Route ofKnown(Relation relation, KnownTables.Known known) {
        if (!relation.name().equals(known.listedName())) {
            requireStillCalled(known);
        }
        Optional<Relation> root = known.root().flatMap(name -> root(relation, catalog, name));
        if (root.isPresent() != known.root().isPresent()) {
            return moved(relation);
        }
        if (isUnwanted(relation)) {
            throw new StreamRestart(
                    StreamRestart.Reason.TABLES_CHANGED,
                    "a table has lost its key: table=" + known.name(),
                    List.of(known.oid()));
        }
        if (binaryStream) {
            requireBinary(relation);
        }
        Relation named = relation.named(known.name());
        String key = keyOf(named, root);
        if (!known.key().isEmpty() && !key.isEmpty() && !known.key().equals(key)) {
            return rekeyed(relation, known, key);
        }
        return open(named, root, Map.of());
    }

    /** A table that was renamed since the tables were listed: whether its topic stays is for the next listing to say. */
    private void requireStillCalled(KnownTables.Known known) {
        Optional<TableName> now = catalog.relation(known.oid()).map(Relation::name);
        if (now.isPresent() && !now.get().equals(known.listedName())) {
            throw new StreamRestart(
                    StreamRestart.Reason.TABLES_CHANGED,
                    "a table was renamed: from=" + known.listedName() + " to=" + now.get());
        }
    }

    private String keyOf(Relation relation, Optional<Relation> root) {
        Relation shown = root.map(
                        whole -> MessageShape.ofPartition(relation, whole).relation())
                .orElse(relation);
        return Captures.key(shown, settings.types());
    }

    /**
     * A DELETE whose row the WAL does not tell, as the table had no replica identity for a while (test_decoding): which key is
     * gone can only be seen in the table.
     */
    void requireNoKey(Relation relation) {
        if (relation.isKeyed()) {
            throw new StreamRestart(
                    StreamRestart.Reason.TABLES_CHANGED,
                    "rows were deleted while a table had no replica identity: table=" + relation.name(),
                    List.of(relation.oid()));
        }
    }

    /** Old keys are in the topic that no row will ever clear: the table is copied under its key of now. */
    private Route rekeyed(Relation relation, KnownTables.Known known, String key) {
        if (catalog.presence(known.oid(), relation.name()) != Catalog.Presence.TABLE) {
            return passOver(relation, "its key was changed, and it was dropped after that");
        }
        throw new StreamRestart(
                StreamRestart.Reason.TABLES_CHANGED,
                "the key of a table has changed: table=" + known.name() + " from=" + known.key() + " to=" + key,
                List.of(known.oid()));
    }

    /** Rows of before a table was dropped or left out, if no other table has its place. */
    private Route ofLeft(Relation relation, KnownTables.Known known) {
        if (known.root().isPresent()
                || tables.captured(known.name()).isPresent()
                || catalog.presence(known.oid(), relation.name()) != Catalog.Presence.GONE) {
            return Route.Ignored.INSTANCE;
        }
        return isUnwanted(relation) ? Route.Ignored.INSTANCE : openGone(relation.named(known.name()));
    }

    /** What is left of a table that had a key is its topic; rows of which the key is not known cannot be sent there. */
    private Route openGone(Relation relation) {
        Route route = open(relation, Optional.empty(), Map.of());
        boolean hadKey = route instanceof Outlet outlet
                && !outlet.isKeyed()
                && outlet.topic().compacted();
        return hadKey ? passOver(relation, DROPPED) : route;
    }

    private Route ofUnknown(Relation relation) {
        Catalog.Presence presence = catalog.presence(relation.oid(), relation.name());
        if (presence == Catalog.Presence.OTHER) {
            return Route.Ignored.INSTANCE;
        }
        Optional<Relation> root =
                settings.partitioned() == PartitionedTables.ROOT ? catalog.root(relation.oid()) : Optional.empty();
        TableName name = catalog.relation(relation.oid()).map(Relation::name).orElse(relation.name());
        if (!settings.tables().captures(name, root.map(Relation::name))) {
            return Route.Ignored.INSTANCE;
        }
        if (presence == Catalog.Presence.GONE) {
            return gone(relation);
        }
        if (!tables.isNew(relation, xid) || isOfExtension(relation)) {
            // It is known to have been left out, or set aside, when the tables were listed.
            return Route.Ignored.INSTANCE;
        }
        Optional<KnownTables.Known> admitted = newTables.flatMap(found -> found.admit(relation, tables));
        if (admitted.isPresent()) {
            return ofKnown(relation, admitted.get());
        }
        if (isUnwanted(relation)) {
            return setAside(relation);
        }
        throw new StreamRestart(StreamRestart.Reason.TABLES_CHANGED, "a new table: table=" + relation.name());
    }

    private Optional<Relation> root(Relation relation, Catalog session, TableName name) {
        return session.root(relation.oid()).map(root -> root.named(name));
    }

    private boolean isUnwanted(Relation relation) {
        return !relation.isKeyed() && !settings.allowUnkeyed();
    }

    private Route open(Relation relation, Optional<Relation> root, Map<String, Topic> found) {
        try {
            return root.isPresent() ? ofPartition(relation, root.get(), found) : ofTable(relation, found);
        } catch (SchemaRefusedException | ConfigurationException e) {
            return refused(e);
        }
    }

    /** It joins, and is copied, when it has a key: nothing of it is lost. */
    private Route setAside(Relation relation) {
        return passOver(
                relation,
                "it has neither a primary key nor a replica identity index; it is copied as soon as it has one, or send"
                        + " its rows without key: --allow-unkeyed");
    }

    private Route passOver(Relation relation, String reason) {
        if (passedOver.add(relation.name())) {
            log.warn("rows of table {} are passed over: {}", relation.name(), reason);
        }
        return Route.Ignored.INSTANCE;
    }

    /**
     * A table that is dropped by now. If it was created after the tables were listed they are listed once more, since of a
     * table that test_decoding tells by name only it is not known whether it was dropped or renamed.
     */
    private Route gone(Relation relation) {
        if (tables.captured(relation.name()).isPresent()) {
            return Route.Ignored.INSTANCE;
        }
        if (relation.oid() == UNKNOWN) {
            requireNoneRenamed(relation);
        }
        boolean unknown = relation.oid() == UNKNOWN ? !settings.allowUnkeyed() : mayHaveBeenPartition();
        return unknown || isUnwanted(relation) ? passOver(relation, DROPPED) : openGone(relation);
    }

    /**
     * Of a table that is gone, and was not there when the tables were listed, it is not known any more whether it was a partition,
     * whose rows are not to go to a topic of its own.
     */
    private boolean mayHaveBeenPartition() {
        return settings.partitioned() == PartitionedTables.ROOT && catalog.hasPartitions();
    }

    /** One that was created since the tables were listed is no reason to list them again. */
    private boolean isOfExtension(Relation relation) {
        return CapturedTables.ofExtensions(settings, catalog).contains(relation.name());
    }

    /**
     * Of a name that test_decoding tells, and that nothing has, it is not known whether a captured table had it for a while: one
     * that has such columns, and was altered by that transaction or later, may have, and is copied again.
     */
    private void requireNoneRenamed(Relation relation) {
        if (tables.isNew(relation, xid)) {
            throw new StreamRestart(StreamRestart.Reason.TABLES_CHANGED, "a new table: table=" + relation.name());
        }
        List<Integer> suspects = tables.notCopied(catalog.alteredSince(xid), xid).stream()
                .filter(oid -> hasColumnsOf(oid, relation))
                .toList();
        if (!suspects.isEmpty()) {
            throw new StreamRestart(
                    StreamRestart.Reason.TABLES_CHANGED,
                    "a table had another name for a while: name=" + relation.name(),
                    suspects);
        }
    }

    private boolean hasColumnsOf(int oid, Relation relation) {
        Set<String> names = catalog.relation(oid).stream()
                .flatMap(table -> table.columns().stream())
                .map(Column::name)
                .collect(Collectors.toSet());
        return relation.columns().stream().map(Column::name).allMatch(names::contains);
    }

    /** A partition that is gone took its rows with it; one that was detached, or attached, is copied again. */
    private Route moved(Relation relation) {
        if (catalog.presence(relation.oid(), relation.name()) == Catalog.Presence.GONE) {
            return Route.Ignored.INSTANCE;
        }
        throw new StreamRestart(
                StreamRestart.Reason.TABLES_CHANGED, "a table was attached or detached: table=" + relation.name());
    }

    private Outlet ofTable(Relation relation, Map<String, Topic> found) {
        Topic topic = topic(relation, found);
        MessageShape shape = MessageShape.of(relation).only(settings.columns());
        RowEncoder encoder = encoder(shape, topic.name());
        return new Outlet(relation, topic, encoder, settings.value(), shape.hidden(), status.of(relation.name()));
    }

    private Outlet ofPartition(Relation partition, Relation root, Map<String, Topic> found) {
        MessageShape shape = MessageShape.ofPartition(partition, root).only(settings.columns());
        Relation whole = shape.relation();
        Topic topic = topic(whole, found);
        RowEncoder encoder = encoder(shape, topic.name());
        return new Outlet(
                whole, topic, encoder, settings.value(), partition.name(), shape.hidden(), status.of(root.name()));
    }

    private Topic topic(Relation relation, Map<String, Topic> found) {
        String name = TopicNames.topic(settings, relation.name());
        Topic known = found.get(name);
        Topic topic = known == null ? topics.ensure(name, relation.isKeyed()) : known;
        if (!topic.exists()) {
            throw new ConfigurationException("topic " + name + " does not exist"
                    + "\n  create it, or let it be created: leave out --no-create-topics"
                    + "\n  or give the table another:  --topic-name='" + relation.name() + "=OTHER'");
        }
        return topic;
    }

    private RowEncoder encoder(MessageShape shape, String topic) {
        Relation relation = shape.relation();
        TableStatus table = status.of(relation.name());
        if (schemas.isEmpty()) {
            table.routed(topic, 0);
            return RowEncoder.json(relation, shape.source(), shape.width(), settings.types());
        }
        RowSchema schema = RowSchema.of(relation, settings.types());
        int keyId = relation.isKeyed() ? schemas.get().register(keySubject(topic), schema.keyText()) : 0;
        int valueId = schemas.get().register(valueSubject(topic), valueText(schema));
        table.routed(topic, valueId);
        return RowEncoder.avro(relation, shape.source(), shape.width(), settings.types(), keyId, valueId);
    }

    private String valueText(RowSchema schema) {
        return settings.value() == ValueForm.CHANGE ? schema.changeSchema().toString() : schema.valueText();
    }

    private static void requireBinary(Relation relation) {
        for (Column column : relation.columns()) {
            if (!TypeTable.readsBinary(column.type())) {
                throw new StreamRestart(
                        StreamRestart.Reason.TEXT_NEEDED,
                        "the binary form of a type is unknown: table=" + relation.name() + " column=" + column.name()
                                + " type=" + column.declaredType());
            }
        }
    }

    private static Route.Refused refused(RuntimeException reason) {
        return new Route.Refused(reason, System.nanoTime() + RETRY.toNanos());
    }

    static String keySubject(String topic) {
        return topic + "-key";
    }

    static String valueSubject(String topic) {
        return topic + "-value";
    }
}
