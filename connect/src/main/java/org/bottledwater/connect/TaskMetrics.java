package org.bottledwater.connect;

import java.lang.management.ManagementFactory;
import java.util.Locale;
import javax.management.JMException;
import javax.management.ObjectName;
import org.bottledwater.change.Lsn;
import org.bottledwater.pipeline.RunStatus;
import org.bottledwater.pipeline.TableStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code org.bottledwater:type=task,slot=NAME} in JMX. */
final class TaskMetrics implements TaskMetricsMBean, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TaskMetrics.class);

    private final String slot;
    private final RunStatus status;
    private final Handover handover;

    private TaskMetrics(String slot, RunStatus status, Handover handover) {
        this.slot = slot;
        this.status = status;
        this.handover = handover;
    }

    /** A former task of the slot may not have let go of the name yet: the new one gets it. */
    static TaskMetrics register(String slot, RunStatus status, Handover handover) {
        TaskMetrics metrics = new TaskMetrics(slot, status, handover);
        metrics.close();
        try {
            ManagementFactory.getPlatformMBeanServer().registerMBean(metrics, metrics.name());
        } catch (JMException e) {
            log.warn("slot {}: no metrics in JMX", slot, e);
        }
        return metrics;
    }

    private ObjectName name() throws JMException {
        return new ObjectName("org.bottledwater:type=task,slot=" + slot);
    }

    @Override
    public void close() {
        try {
            if (ManagementFactory.getPlatformMBeanServer().isRegistered(name())) {
                ManagementFactory.getPlatformMBeanServer().unregisterMBean(name());
            }
        } catch (JMException e) {
            log.debug("slot {}: metrics stay in JMX", slot, e);
        }
    }

    @Override
    public String getPhase() {
        return status.state().phase().name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String getReason() {
        return status.state().reason();
    }

    @Override
    public String getSafeLsn() {
        return Lsn.toString(status.safeLsn());
    }

    @Override
    public long getLagBytes() {
        return status.lagBytes();
    }

    @Override
    public double getLagSeconds() {
        return status.lagSeconds();
    }

    @Override
    public long getRetainedWalBytes() {
        return status.slot().retainedBytes();
    }

    @Override
    public long getQueueBytes() {
        return handover.bytes();
    }

    @Override
    public long getMessages() {
        return status.tables().stream().mapToLong(TableStatus::messages).sum();
    }

    @Override
    public int getTables() {
        return status.tables().size();
    }

    @Override
    public int getTablesToCopy() {
        return (int) status.tables().stream()
                .filter(table -> table.copy() == TableStatus.CopyState.WAITING)
                .count();
    }

    @Override
    public long getLastCommitMillis() {
        return status.deliveredAt();
    }

    @Override
    public long getDropped() {
        return status.dropped();
    }

    @Override
    public long getOutages() {
        return status.outages();
    }
}
