package org.bottledwater.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.TableName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlacementTest {
    private static TableName table(String name) {
        return new TableName("public", name);
    }

    private static long[] loads(Placement placement, Map<TableName, Long> sizes) {
        long[] loads = new long[placement.count()];
        sizes.forEach((table, bytes) -> loads[placement.task(table)] += bytes);
        return loads;
    }

    @Test
    void shouldGiveEachTaskAboutAsManyBytes() {
        Map<TableName, Long> sizes = new HashMap<>();
        for (int i = 0; i < 200; i++) {
            sizes.put(table("t" + i), 1_000_000L * (1 + i % 7));
        }
        sizes.put(table("huge"), 200_000_000L);
        long[] loads = loads(Placement.bySize(Optional.empty(), sizes, 4, 0), sizes);
        for (long load : loads) {
            assertThat(load).isBetween(240_000_000L, 260_000_000L);
        }
    }

    @Test
    void shouldGiveEachTaskATableWhileThereAreAny() {
        Map<TableName, Long> sizes = Map.of(table("one"), 0L, table("two"), 0L);
        Placement placement = Placement.bySize(Optional.empty(), sizes, 4, 0);
        assertThat(placement.task(table("one"))).isNotEqualTo(placement.task(table("two")));
    }

    @Test
    void shouldLeaveTheTasksOfGroupsAlone() {
        Map<TableName, Long> sizes = Map.of(table("one"), 9L, table("two"), 8L, table("three"), 7L);
        Placement placement = Placement.bySize(Optional.empty(), sizes, 3, 2);
        assertThat(placement.tasks().values()).containsOnly(2);
        assertThat(placement.task(table("later"))).isEqualTo(2);
    }

    @Test
    void shouldMoveNothingWhenTasksAreAdded() {
        Map<TableName, Long> sizes = new HashMap<>();
        for (int i = 0; i < 20; i++) {
            sizes.put(table("t" + i), (long) i);
        }
        Placement before = Placement.bySize(Optional.empty(), sizes, 2, 0);
        // Made later, it went by its name.
        TableName later = table("later");
        int itsTask = before.task(later);
        sizes.put(later, 1_000_000L);
        sizes.put(table("t3"), 9_000_000L);
        Placement after = Placement.bySize(Optional.of(before), sizes, 5, 0);
        sizes.keySet().forEach(table -> assertThat(after.task(table)).isEqualTo(before.task(table)));
        assertThat(after.task(later)).isEqualTo(itsTask);
    }

    @Test
    void shouldMoveNothingButWhatItsTaskIsGoneFor() {
        Map<TableName, Long> sizes = new HashMap<>();
        for (int i = 0; i < 20; i++) {
            sizes.put(table("t" + i), 1000L + i);
        }
        Placement before = Placement.bySize(Optional.empty(), sizes, 4, 0);
        Placement after = Placement.bySize(Optional.of(before), sizes, 3, 0);
        sizes.keySet().forEach(table -> {
            if (before.task(table) < 3) {
                assertThat(after.task(table)).isEqualTo(before.task(table));
            }
        });
        assertThat(after.tasks()).hasSize(20);
    }

    @Test
    void shouldReadWhatItWrites() {
        Map<TableName, Long> sizes =
                Map.of(new TableName("Odd schema", "a=b/c &d'é"), 1L, table("x.y"), 2L, new TableName("x", "y"), 3L);
        Placement placement = Placement.bySize(Optional.empty(), sizes, 3, 1);
        assertThat(placement.text()).matches("[A-Za-z0-9 /=%+._*-]+");
        assertThat(Placement.parse(placement.text())).isEqualTo(placement);
        assertThat(Placement.parse(Placement.byName(2, 0).text())).isEqualTo(Placement.byName(2, 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "4",
                "x 0",
                "4 4",
                "4 0 a",
                "4 0 a/b",
                "4 0 a/b=4",
                "4 1 a/b=0",
                "4 0 a/b=",
                "4 0 /b=1",
                "4 0 a/%=1"
            })
    void shouldRefuseWhatItDidNotWrite(String text) {
        assertThatThrownBy(() -> Placement.parse(text))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("not a division of tables over tasks: " + text);
    }
}
