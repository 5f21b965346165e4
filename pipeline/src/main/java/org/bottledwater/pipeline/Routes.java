package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bottledwater.avro.RowEncoder;
import org.bottledwater.avro.RowSchema;
import org.bottledwater.avro.TypeTable;
import org.bottledwater.change.Column;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.SchemaRefusedException;
import org.bottledwater.kafka.Schemas;
import org.bottledwater.kafka.Topic;
import org.bottledwater.kafka.TopicLookup;
import org.bottledwater.postgres.Catalog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds for each version of a table, once, the topic and the encoder of its rows. */
final class Routes {
    /** How long a refusal of the registry or a missing topic is believed before it is asked again. */
    private static final Duration RETRY = Duration.ofSeconds(5);

    /** The OID of a table that neither the catalog nor the list of tables has. */
    private static final int UNKNOWN = 0;

    private static final Logger log = LoggerFactory.getLogger(Routes.class);

    private final Settings settings;
    private final TopicLookup topics;
    private final Optional<Schemas> schemas;
    private final KnownTables tables;
    private final Catalog catalog;
    private final RunStatus status;
    private final Set<TableName> passedOver = new HashSet<>();
    private final Map<Integer, Known> routes = new HashMap<>();
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
                && tables.copied(relation.name())
                        .filter(copy -> copy.includes(xid))
                        .isPresent();
    }

    /**
     * Where the rows of a copy go. Any thread; the result is for one.
     *
     * @param session what the thread asks
     * @param found topics that were looked up already
     */
    Route ofCopy(Relation relation, Catalog session, Map<String, Topic> found) {
        Optional<Relation> root = root(relation, session);
        if (!settings.tables().captures(relation.name(), root.map(Relation::name))) {
            return Route.Ignored.INSTANCE;
        }
        return open(relation, root, found);
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

    private Route ofStream(Relation relation) {
        if (!catalog.isOrdinaryOrGone(relation.name())) {
            return Route.Ignored.INSTANCE;
        }
        Optional<Relation> root = root(relation, catalog);
        if (!settings.tables().captures(relation.name(), root.map(Relation::name))) {
            return Route.Ignored.INSTANCE;
        }
        if (tables.hasMoved(relation, root.map(Relation::name))) {
            return moved(relation);
        }
        if (relation.oid() == UNKNOWN && !settings.allowUnkeyed()) {
            return gone(relation);
        }
        if (isUnwanted(relation)) {
            return open(relation, root, Map.of());
        }
        if (binaryStream) {
            requireBinary(relation);
        }
        tables.requireKnown(relation, xid);
        return open(relation, root, Map.of());
    }

    private Optional<Relation> root(Relation relation, Catalog session) {
        return settings.partitioned() == PartitionedTables.ROOT ? session.root(relation.oid()) : Optional.empty();
    }

    private boolean isUnwanted(Relation relation) {
        return !relation.isKeyed() && !settings.allowUnkeyed();
    }

    private Route open(Relation relation, Optional<Relation> root, Map<String, Topic> found) {
        if (isUnwanted(relation)) {
            return refused(new ConfigurationException("the table has neither a primary key nor a replica identity index"
                    + "\n  give it one:  ALTER TABLE "
                    + relation.name().quoted() + " ADD PRIMARY KEY (...)"
                    + "\n  or send its rows without key:  --allow-unkeyed"));
        }
        try {
            return root.isPresent() ? ofPartition(relation, root.get(), found) : ofTable(relation, found);
        } catch (SchemaRefusedException | ConfigurationException e) {
            return refused(e);
        }
    }

    /**
     * A table of which test_decoding tells the name only, and which is gone by that name. If it was made after the tables
     * were listed they are listed anew, as it may have been renamed; what is not among them then was dropped.
     */
    private Route gone(Relation relation) {
        tables.requireKnown(relation, xid);
        if (passedOver.add(relation.name())) {
            log.info(
                    "rows of table {} are passed over: it was dropped before they were read, and test_decoding does not"
                            + " tell its key",
                    relation.name());
        }
        return Route.Ignored.INSTANCE;
    }

    /** A partition that is gone took its rows with it; one that was detached, or attached, is copied anew. */
    private Route moved(Relation relation) {
        if (catalog.relation(relation.oid()).isEmpty()) {
            return Route.Ignored.INSTANCE;
        }
        throw new StreamRestart(
                StreamRestart.Reason.NEW_TABLE, "a table was attached or detached: table=" + relation.name());
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
                    + "\n  create it, or let it be created: leave out --no-create-topics");
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
