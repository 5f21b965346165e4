package org.bottledwater.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bottledwater.avro.NumericMapping;
import org.bottledwater.pipeline.OnError;
import org.bottledwater.pipeline.OnRename;
import org.bottledwater.pipeline.OnTruncate;
import org.bottledwater.pipeline.OutputFormat;
import org.bottledwater.pipeline.ToastMode;
import org.bottledwater.pipeline.ValueForm;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the messages look like, and what becomes of one that cannot be delivered. */
final class MessageOptions {
    @Option(
            names = {"-f", "--output-format"},
            paramLabel = "FORMAT",
            order = 1,
            description = "avro or json (avro)")
    OutputFormat outputFormat = OutputFormat.AVRO;

    @Option(
            names = "--value",
            paramLabel = "FORM",
            order = 2,
            description = "row, or change: before, after and more (row)")
    ValueForm value = ValueForm.ROW;

    @Mixin
    final RegistryOptions registry = new RegistryOptions();

    @Option(
            names = "--numeric",
            paramLabel = "AS",
            order = 3,
            description = "numeric as decimal, string or double (decimal)")
    NumericMapping numeric = NumericMapping.DECIMAL;

    @Option(
            names = "--column-type",
            paramLabel = "COL=TYPE",
            order = 4,
            description = "schema.table.column=string sends it as text")
    Map<String, String> columnTypes = new LinkedHashMap<>();

    @Option(
            names = "--columns",
            paramLabel = "PATTERNS",
            order = 8,
            description = "Which columns: '!public.users.password' (all)")
    String columns = "";

    @Option(
            names = "--mask",
            paramLabel = "COL=HOW",
            order = 9,
            description = "schema.table.column=sha256 or =redact hides it")
    Map<String, String> masks = new LinkedHashMap<>();

    @Option(
            names = {"-e", "--on-error"},
            paramLabel = "POLICY",
            order = 5,
            description = "For what cannot be sent: exit or log (exit)")
    OnError onError = OnError.EXIT;

    @Option(
            names = "--on-truncate",
            paramLabel = "POLICY",
            order = 6,
            description = "TRUNCATE: delete every key, or ignore (delete)")
    OnTruncate onTruncate = OnTruncate.DELETE;

    @Option(
            names = "--on-rename",
            paramLabel = "POLICY",
            order = 6,
            description = "Renamed table: keep its topic, or copy (keep)")
    OnRename onRename = OnRename.KEEP;

    @Option(
            names = "--toast",
            paramLabel = "MODE",
            order = 8,
            description = "TOAST not in the log: fetch, placeholder, fail")
    ToastMode toast = ToastMode.FETCH;

    @Option(
            names = "--messages-topic",
            paramLabel = "TOPIC",
            order = 7,
            description = "Also send pg_logical_emit_message, to this one")
    String messagesTopic = "";

    @Option(
            names = "--transactions-topic",
            paramLabel = "T",
            order = 7,
            description = "Also tell of each transaction, in this one")
    String transactionsTopic = "";
}
