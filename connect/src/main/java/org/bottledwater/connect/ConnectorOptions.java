package org.bottledwater.connect;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.bottledwater.avro.NumericMapping;
import org.bottledwater.pipeline.OnError;
import org.bottledwater.pipeline.OnLostSlot;
import org.bottledwater.pipeline.OnRename;
import org.bottledwater.pipeline.PartitionedTables;
import org.bottledwater.pipeline.PluginChoice;
import org.bottledwater.pipeline.ToastMode;
import org.jspecify.annotations.Nullable;

/** The connector's settings: their names, defaults and documentation. */
final class ConnectorOptions {
    static final String POSTGRES = "postgres.url";
    static final String PASSWORD = "postgres.password";
    static final String SLOT = "slot";
    static final String TABLES = "tables";
    static final String COLUMNS = "columns";
    static final String PUBLICATION = "publication";
    static final String PLUGIN = "plugin";
    static final String ALLOW_UNKEYED = "allow.unkeyed";
    static final String PARTITIONED = "partitioned";
    static final String SNAPSHOT = "snapshot";
    static final String SNAPSHOT_WORKERS = "snapshot.workers";
    static final String ON_LOST_SLOT = "on.lost.slot";
    static final String FAILOVER_SLOT = "failover.slot";

    static final String OUTPUT = "output";
    static final String REGISTRY = "schema.registry";
    static final String TOPIC_PREFIX = "topic.prefix";
    static final String TOPIC_NAMES = "topic.names";
    static final String TIMES = "times";
    static final String NUMERIC = "numeric";
    static final String COLUMN_TYPES = "column.types";
    static final String MASKS = "masks";
    static final String TOAST = "toast";
    static final String MESSAGES_TOPIC = "messages.topic";
    static final String ON_TRUNCATE = "on.truncate";
    static final String ON_RENAME = "on.rename";
    static final String ON_ERROR = "on.error";

    static final String CHECKPOINT_TOPIC = "checkpoint.topic";
    static final String QUEUE_BYTES = "queue.bytes";
    static final String COMMIT_INTERVAL = "commit.interval.ms";
    static final String GROUPS = "task.groups";
    static final String DIVISION = "task.division";

    /** What the words of {@link #DIVISION} are. */
    static final String BY_NAME = "name";

    static final String BY_SIZE = "size";
    static final String BY_SNAPSHOT = "snapshot";

    /** What the words of {@link #ON_TRUNCATE} are. */
    static final String FAIL = "fail";

    static final String IGNORE = "ignore";

    private static final String SOURCE = "PostgreSQL";
    private static final String MESSAGES = "Messages";
    private static final String WORKER = "Kafka Connect";

    private final ConfigDef options = new ConfigDef();
    private String group = "";
    private int order;

    private ConnectorOptions() {}

    static ConfigDef define() {
        ConnectorOptions all = new ConnectorOptions();
        all.source();
        all.messages();
        all.worker();
        return all.options;
    }

    private void source() {
        begin(SOURCE);
        options.define(
                POSTGRES,
                ConfigDef.Type.STRING,
                ConfigDef.NO_DEFAULT_VALUE,
                text("postgres.url names no database"),
                Importance.HIGH,
                "The database: postgres://user@host/database, with the parameters that libpq knows. A password belongs"
                        + " into postgres.password, or into the worker's ~/.pgpass.",
                group,
                order++,
                Width.LONG,
                "Database");
        options.define(
                PASSWORD,
                ConfigDef.Type.PASSWORD,
                "",
                Importance.HIGH,
                "The password of the role.",
                group,
                order++,
                Width.MEDIUM,
                "Password");
        string(
                SLOT,
                "bottledwater",
                Importance.HIGH,
                "Replication slot, made if missing. Each connector needs its own.");
        string(TABLES, "", Importance.HIGH, "Which tables, as in public.*,!public.audit; all if empty.");
        string(COLUMNS, "", Importance.MEDIUM, "Which columns, as in !public.users.password; all if empty.");
        string(
                PUBLICATION,
                "",
                Importance.MEDIUM,
                "Use this publication of yours; if empty, ones are made for the slot.");
        choice(
                PLUGIN,
                PluginChoice.AUTO,
                "The output plugin of a slot that is to be made: auto, pgoutput, test_decoding.");
        flag(ALLOW_UNKEYED, "Also copy tables that have no primary key; their rows have no message key.");
        choice(PARTITIONED, PartitionedTables.ROOT, "One topic for a partitioned table (root), or one for each leaf.");
        words(
                SNAPSHOT,
                "initial",
                List.of("initial", "never"),
                "Whether what is there already is copied first (initial), or only what changes from now on (never).");
        number(SNAPSHOT_WORKERS, 2, 1, "How many connections of a task copy at the same time.");
        choice(
                ON_LOST_SLOT,
                OnLostSlot.EXIT,
                "If the position was lost: fail (exit), or make a new slot and copy everything again (resnapshot).");
        flag(FAILOVER_SLOT, "Standbys keep a copy of the slot (PostgreSQL 17 and later).");
    }

    private void messages() {
        begin(MESSAGES);
        choice(
                OUTPUT,
                Output.RECORDS,
                "records: records with schemas, for any converter. avro, json: the bytes that the command line sends, for"
                        + " key.converter and value.converter org.apache.kafka.connect.converters.ByteArrayConverter.");
        string(
                REGISTRY,
                "http://localhost:8081",
                Importance.MEDIUM,
                "With output=avro: the schema registry. Settings of its client follow it with a dot, as in"
                        + " schema.registry.ssl.truststore.location.");
        string(TOPIC_PREFIX, "", Importance.MEDIUM, "Put in front of every topic, with a dot.");
        string(TOPIC_NAMES, "", Importance.LOW, "Other names: public.orders=sales,public.items=goods.");
        choice(
                TIMES,
                TimePrecision.MILLIS,
                "With output=records: times as Connect's own types, which have milliseconds and cut off what is smaller"
                        + " (millis), or as numbers of microseconds (micros).");
        choice(NUMERIC, NumericMapping.DECIMAL, "numeric as decimal, string or double.");
        string(COLUMN_TYPES, "", Importance.LOW, "Columns that are sent as text: public.orders.amount=string,...");
        string(
                MASKS,
                "",
                Importance.LOW,
                "Columns that are hidden: public.users.email=sha256,public.users.name=redact");
        choice(TOAST, ToastMode.FETCH, "Large values that an update left as they were: fetch, placeholder, fail.");
        string(MESSAGES_TOPIC, "", Importance.LOW, "Also send what pg_logical_emit_message writes, to this topic.");
        words(
                ON_TRUNCATE,
                FAIL,
                List.of(FAIL, IGNORE),
                "A TRUNCATE: the task fails in front of it (fail), or the rows stay in the topic (ignore). A connector"
                        + " cannot read the topic back to send a null value for each key.");
        choice(
                ON_RENAME,
                OnRename.KEEP,
                "A table that is renamed, or moved to another schema: its topic stays its topic until another table has that"
                        + " name (keep), or it is copied into the topic of its new name (copy). A connector cannot clear the"
                        + " topic that it leaves.");
        choice(ON_ERROR, OnError.EXIT, "For a row that cannot be sent: the task fails (exit), or it is dropped (log).");
    }

    private void worker() {
        begin(WORKER);
        string(
                CHECKPOINT_TOPIC,
                "bottledwater-connect-checkpoints",
                Importance.MEDIUM,
                "Where a record goes with every position, since Connect stores no offset without one.");
        options.define(
                QUEUE_BYTES,
                ConfigDef.Type.LONG,
                16L << 20,
                Range.atLeast(1 << 16),
                Importance.LOW,
                "Messages of a task that the worker has not taken yet, in bytes; more make PostgreSQL wait.",
                group,
                order++,
                Width.SHORT,
                QUEUE_BYTES);
        number(
                COMMIT_INTERVAL,
                200,
                1,
                "A transaction ends after this, at the next commit of PostgreSQL's; in milliseconds.");
        string(
                GROUPS,
                "",
                Importance.LOW,
                "With tasks.max above 1, which tables go together: groups of patterns as in tables, with semicolons between"
                        + " them; what is in none is divided over the tasks that are left.");
        words(
                DIVISION,
                BY_NAME,
                List.of(BY_NAME, BY_SIZE, BY_SNAPSHOT),
                "With tasks.max above 1, how what is in no group is divided: by a number that follows from a table's name (name),"
                        + " or so that each task has about as many bytes to copy (size). That is decided once, and kept in the"
                        + " comment of a publication, SLOT_tasks; a table that is made later goes by its name."
                        + " Or only the first copy is divided (snapshot): all tasks copy parts of every table from one exported"
                        + " snapshot, and then the first task follows the changes of all, by one slot. Needs exactly-once.");
    }

    private void begin(String name) {
        group = name;
        order = 1;
    }

    private void string(String name, String otherwise, Importance importance, String documentation) {
        options.define(
                name, ConfigDef.Type.STRING, otherwise, importance, documentation, group, order++, Width.MEDIUM, name);
    }

    private void flag(String name, String documentation) {
        options.define(
                name, ConfigDef.Type.BOOLEAN, false, Importance.LOW, documentation, group, order++, Width.SHORT, name);
    }

    private void number(String name, int otherwise, int least, String documentation) {
        options.define(
                name,
                ConfigDef.Type.INT,
                otherwise,
                Range.atLeast(least),
                Importance.LOW,
                documentation,
                group,
                order++,
                Width.SHORT,
                name);
    }

    private <E extends Enum<E>> void choice(String name, E otherwise, String documentation) {
        words(
                name,
                word(otherwise),
                Arrays.stream(otherwise.getDeclaringClass().getEnumConstants())
                        .map(ConnectorOptions::word)
                        .toList(),
                documentation);
    }

    private void words(String name, String otherwise, List<String> words, String documentation) {
        options.define(
                name,
                ConfigDef.Type.STRING,
                otherwise,
                new OneOf(words),
                Importance.MEDIUM,
                documentation,
                group,
                order++,
                Width.SHORT,
                name,
                (ConfigDef.Recommender) new Words(words));
    }

    /** As the command line writes it. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', constant instanceof PluginChoice ? '_' : '-');
    }

    private static Validator text(String complaint) {
        return (name, value) -> {
            if (value == null || value.toString().isBlank()) {
                throw new org.apache.kafka.common.config.ConfigException(complaint);
            }
        };
    }

    private record OneOf(List<String> words) implements Validator {
        @Override
        public void ensureValid(String name, @Nullable Object value) {
            if (!words.contains(String.valueOf(value))) {
                throw new org.apache.kafka.common.config.ConfigException(
                        name, value, "one of " + String.join(", ", words));
            }
        }

        @Override
        public String toString() {
            return String.join(", ", words);
        }
    }

    private record Words(List<String> words) implements ConfigDef.Recommender {
        @Override
        public List<Object> validValues(String name, java.util.Map<String, Object> parsed) {
            return List.copyOf(words);
        }

        @Override
        public boolean visible(String name, java.util.Map<String, Object> parsed) {
            return true;
        }
    }
}
