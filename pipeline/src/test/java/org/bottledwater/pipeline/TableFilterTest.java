package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.TableName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TableFilterTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "public.*,!public.audit | public | orders  | true",
                "public.*,!public.audit | public | audit   | false",
                "public.*,!public.audit | shop   | orders  | false",
                "!public.audit          | shop   | orders  | true",
                "!audit                 | public | audit   | false",
                "orders                 | public | orders  | true",
                "orders                 | shop   | orders  | false",
                "*                      | shop   | orders  | true",
                "*.order?               | shop   | orders  | true",
                "*.order?               | shop   | order   | false",
                "shop.a+b               | shop   | a+b     | true",
                "shop.a+b               | shop   | aab     | false",
            })
    void shouldCaptureByPattern(String patterns, String schema, String table, boolean captured) {
        assertThat(TableFilter.parse(patterns).captures(new TableName(schema, table)))
                .isEqualTo(captured);
    }

    @Test
    void shouldRefuseAnEmptyPattern() {
        assertThatThrownBy(() -> TableFilter.parse("public.*,"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("--tables has an empty pattern: tables=public.*,");
    }
}
