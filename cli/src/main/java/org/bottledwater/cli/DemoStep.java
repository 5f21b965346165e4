package org.bottledwater.cli;

import java.util.List;
import java.util.Random;

/**
 * Something that happens to the shop.
 *
 * @param story what it shows, for people; empty for an ordinary write
 * @param statements one transaction
 * @param committed or rolled back
 * @param messages how many messages it makes
 */
record DemoStep(String story, List<String> statements, boolean committed, int messages) {

    /** The steps that explain themselves, in order. */
    static final List<DemoStep> STORY = List.of(
            new DemoStep(
                    "One transaction over four tables. A reader of committed messages sees all of it or nothing.",
                    List.of(
                            "INSERT INTO customers (id, name, email) VALUES (100, 'Grace Hopper', 'grace@example.org')",
                            "INSERT INTO orders (id, customer_id) VALUES (100, 100)",
                            "INSERT INTO order_items VALUES (100, 1, 'MUG', 2, 12.00), (100, 2, 'KAFKA', 1, 7.95)",
                            "UPDATE products SET stock = stock - 2 WHERE sku = 'MUG'"),
                    true,
                    5),
            new DemoStep(
                    "An update sends the whole new row.",
                    List.of("UPDATE orders SET status = 'shipped' WHERE id = 100"),
                    true,
                    1),
            new DemoStep(
                    "What is rolled back leaves no trace.",
                    List.of("DELETE FROM order_items", "UPDATE products SET price = 0"),
                    false,
                    0),
            new DemoStep(
                    "A changed key: null at the old one, then the row at the new one.",
                    List.of("UPDATE products SET sku = 'METAMORPHOSIS' WHERE sku = 'KAFKA'"),
                    true,
                    2),
            new DemoStep(
                    "A new column, while it runs. The schema in the registry follows.",
                    List.of(
                            "ALTER TABLE customers ADD COLUMN loyalty_points int",
                            "UPDATE customers SET loyalty_points = 50 WHERE id = 100"),
                    true,
                    1),
            new DemoStep(
                    "A delete is a null at its key, here three by a cascade: compaction will forget them.",
                    List.of("DELETE FROM orders WHERE id = 100"),
                    true,
                    3));

    /** One of the writes of an ordinary day. */
    static DemoStep ordinary(Random random, int number) {
        int customer = 1 + random.nextInt(20);
        int order = 1 + random.nextInt(40);
        String sku = List.of("WATER-05", "WATER-10", "SPARK-10", "LEMON-33", "TEA-20")
                .get(random.nextInt(5));
        return switch (random.nextInt(4)) {
            case 0 -> one("INSERT INTO orders (customer_id) VALUES (" + customer + ")");
            case 1 -> one("UPDATE orders SET status = 'delivered' WHERE id = " + order);
            case 2 -> one("UPDATE products SET stock = stock - 1 WHERE sku = '" + sku + "'");
            default -> one("INSERT INTO customers (name, tags) VALUES ('Customer " + number + "', '{new}')");
        };
    }

    private static DemoStep one(String statement) {
        return new DemoStep("", List.of(statement), true, 1);
    }
}
