package org.bottledwater.connect;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.ConnectorTransactionBoundaries;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.source.SourceTask;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;

/** Copies a PostgreSQL database into Kafka within Kafka Connect: first what is there, then every committed change. */
public final class BottledWaterSourceConnector extends SourceConnector {
    private Map<String, String> given = Map.of();

    @Override
    public String version() {
        return Version.text();
    }

    @Override
    public ConfigDef config() {
        return ConnectorOptions.define();
    }

    @Override
    public void start(Map<String, String> props) {
        given = Map.copyOf(props);
    }

    @Override
    public Class<? extends Task> taskClass() {
        return BottledWaterSourceTask.class;
    }

    /** Where the database has to be asked and is away, Connect asks again. */
    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        try {
            return Division.tasks(
                    given,
                    maxTasks,
                    maxTasks > 1 && DivisionBySize.isWanted(given)
                            ? Optional.of(DivisionBySize.of(given).decide(maxTasks))
                            : Optional.empty());
        } catch (ConfigurationException | ConnectionException e) {
            throw new ConnectException("the tables cannot be divided over tasks: " + Words.ofConnect(e), e);
        }
    }

    @Override
    public void stop() {}

    @Override
    public Config validate(Map<String, String> connectorConfigs) {
        return new Validation(connectorConfigs, super.validate(connectorConfigs)).run();
    }

    /** Kafka's transactions have to end where PostgreSQL's do, which only the connector knows. */
    @Override
    public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> connectorConfig) {
        boolean ours = connectorConfig
                .getOrDefault(SourceTask.TRANSACTION_BOUNDARY_CONFIG, "")
                .equalsIgnoreCase(SourceTask.TransactionBoundary.CONNECTOR.toString());
        return ours ? ExactlyOnceSupport.SUPPORTED : ExactlyOnceSupport.UNSUPPORTED;
    }

    @Override
    public ConnectorTransactionBoundaries canDefineTransactionBoundaries(Map<String, String> connectorConfig) {
        return ConnectorTransactionBoundaries.SUPPORTED;
    }

    /**
     * Takes what another start could go on from, and refuses the rest. Offsets that are reset leave the slot alone: one that
     * stays is refused by the next start, as nothing tells what of it was delivered.
     */
    @Override
    public boolean alterOffsets(Map<String, String> connectorConfig, Map<Map<String, ?>, Map<String, ?>> offsets) {
        try {
            Ledger.check(offsets);
            return true;
        } catch (RuntimeException e) {
            throw new ConnectException(Words.ofConnect(e), e);
        }
    }
}
