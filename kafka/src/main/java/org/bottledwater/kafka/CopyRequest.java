package org.bottledwater.kafka;

import java.util.List;
import org.bottledwater.change.TableName;

/**
 * That tables are to be copied once more, written by somebody else than the run that is to do it.
 *
 * @param id tells requests apart
 */
public record CopyRequest(String slot, String id, List<TableName> tables) implements CheckpointEntry {
    /** Between the slot and the id. */
    static final String INFIX = "/request/";

    public CopyRequest {
        tables = List.copyOf(tables);
    }

    @Override
    public String key() {
        return slot + INFIX + id;
    }
}
