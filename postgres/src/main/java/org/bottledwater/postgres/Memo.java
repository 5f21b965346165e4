package org.bottledwater.postgres;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.bottledwater.change.ConfigurationException;

/**
 * A text that is kept in the database: the comment of a publication that has no tables and that nobody reads, so that nothing
 * has to be installed, and that of several who write first one wins. Needs PostgreSQL 10 and the right to make a publication.
 */
public final class Memo {
    private static final String MARK = "kept by bottledwater: ";
    private static final String DUPLICATE_OBJECT = "42710";
    private static final String UNIQUE_VIOLATION = "23505";

    private final Postgres postgres;
    private final String name;

    /** @param name that of the publication */
    public Memo(Postgres postgres, String name) {
        this.postgres = postgres;
        this.name = Slots.requireValidName(name);
    }

    /**
     * @return nothing if nothing is kept yet
     * @throws ConfigurationException if there is a publication of this name that is none of ours
     */
    public Optional<String> read() {
        String sql =
                "SELECT coalesce(obj_description(oid, 'pg_publication'), '') FROM pg_publication WHERE pubname = ?";
        try (PreparedStatement statement = postgres.jdbc().prepareStatement(sql)) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(unmarked(row.getString(1))) : Optional.empty();
            }
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "publication: cannot be read, publication=" + name);
        }
    }

    private String unmarked(String comment) {
        if (!comment.startsWith(MARK)) {
            throw new ConfigurationException(
                    "publication: one of this name exists, and bottledwater has not made it, publication=" + name
                            + ". Choose another --slot, or, if it is of no use any more, drop it");
        }
        return comment.substring(MARK.length());
    }

    /**
     * Keeps the text unless one is kept already.
     *
     * @return what is kept now: the text, or that of whoever came first
     */
    public String keep(String text) {
        try {
            run("CREATE PUBLICATION " + Sessions.identifier(name) + "; " + comment(text));
            return text;
        } catch (SQLException e) {
            boolean late = DUPLICATE_OBJECT.equals(e.getSQLState()) || UNIQUE_VIOLATION.equals(e.getSQLState());
            if (late) {
                return read().orElseThrow(
                                () -> SqlErrors.translate(e, "publication: just dropped, publication=" + name));
            }
            throw SqlErrors.translate(e, "publication: cannot be made, publication=" + name);
        }
    }

    /** Keeps another text from now on. */
    public void replace(String text) {
        try {
            run(comment(text));
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "publication: its comment cannot be changed, publication=" + name);
        }
    }

    private String comment(String text) {
        return "COMMENT ON PUBLICATION " + Sessions.identifier(name) + " IS " + Sessions.literal(MARK + text);
    }

    /** All of it or nothing. */
    private void run(String sql) throws SQLException {
        try (Statement statement = postgres.jdbc().createStatement()) {
            try {
                statement.execute("BEGIN; " + sql + "; COMMIT");
            } catch (SQLException e) {
                try {
                    statement.execute("ROLLBACK");
                } catch (SQLException gone) {
                    e.addSuppressed(gone);
                }
                throw e;
            }
        }
    }
}
