package org.bottledwater.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where tables stand in publications, and whether somebody else has had a hand in it: a table that was out of a publication for
 * a while looks as if it had always been in there, but its changes of that while are in no stream.
 */
public final class PublicationPlaces {
    /** The first version with publications of schemas. */
    private static final int SCHEMAS = 150000;

    private final Postgres postgres;
    private final String all;
    private final String inserts;

    /** @param ours whose names are those of the slot */
    public PublicationPlaces(Postgres postgres, Publications ours) {
        this.postgres = postgres;
        this.all = ours.names().get(0);
        this.inserts = ours.names().get(1);
    }

    /**
     * Whether somebody else has changed what ours publish, perhaps for a while only: changes may be missing. We write the
     * comment with each change of ours, in the same transaction.
     */
    public boolean areTampered() {
        if (postgres.serverVersion() < 100000) {
            return false;
        }
        try {
            for (String name : List.of(all, inserts)) {
                if (exists("SELECT 1 FROM pg_publication p JOIN pg_description d ON d.objoid = p.oid"
                        + " AND d.classoid = 'pg_catalog.pg_publication'::pg_catalog.regclass"
                        + " WHERE p.xmin <> d.xmin AND p.pubname = " + Sessions.literal(name))) {
                    return true;
                }
            }
            return false;
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "publication: cannot be looked up, names=" + all + "," + inserts);
        }
    }

    /**
     * For each table by OID what makes its place in a publication the one that it is: a table that was taken out and put
     * back has another, and so has one whose filter or columns were changed, or any table of a publication of the user's
     * whose options were changed. Changes from in between may be missing.
     *
     * @param publication the user's own, or nothing for ours
     */
    public Map<Integer, String> of(Optional<String> publication) {
        if (postgres.serverVersion() < 100000) {
            return Map.of();
        }
        try {
            Map<Integer, String> places = new HashMap<>();
            if (publication.isPresent()) {
                places(publication.get(), "p.oid::text || '@' || p.xmin::text || '/' || ", places);
            } else {
                places(inserts, "'inserts/' || ", places);
                places(all, "", places);
            }
            return places;
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "publication: cannot be looked up, names=" + all + "," + inserts);
        }
    }

    /** Whether a place as of {@link #of} is one in our publication of updates. */
    public static boolean isOfUpdates(@Nullable String place) {
        return place != null && !place.startsWith("inserts/");
    }

    /** @param prefix an SQL expression and {@code ||} */
    private void places(String publication, String prefix, Map<Integer, String> places) throws SQLException {
        String name = Sessions.literal(publication);
        StringBuilder sql = new StringBuilder("SELECT r.prrelid::int8, " + prefix + "r.oid::text FROM pg_publication p"
                + " JOIN pg_publication_rel r ON r.prpubid = p.oid WHERE p.pubname = " + name);
        if (postgres.serverVersion() >= SCHEMAS) {
            // A table may be named itself as well, and that row wins: it comes last.
            sql.insert(
                    0,
                    "SELECT c.oid::int8, " + prefix + "'schema' || s.oid::text FROM pg_publication p"
                            + " JOIN pg_publication_namespace s ON s.pnpubid = p.oid"
                            + " JOIN pg_class c ON c.relnamespace = s.pnnspid AND c.relkind = 'r' WHERE p.pubname = "
                            + name + " UNION ALL ");
        }
        sql.insert(
                0,
                "SELECT c.oid::int8, " + prefix + "'all'::text FROM pg_publication p, pg_class c"
                        + " WHERE p.puballtables AND c.relkind = 'r' AND c.oid >= 16384 AND p.pubname = " + name
                        + " UNION ALL ");
        try (Statement statement = postgres.jdbc().createStatement();
                ResultSet row = statement.executeQuery(sql.toString())) {
            while (row.next()) {
                places.put((int) row.getLong(1), row.getString(2));
            }
        }
    }

    private boolean exists(String sql) throws SQLException {
        try (Statement statement = postgres.jdbc().createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next();
        }
    }
}
