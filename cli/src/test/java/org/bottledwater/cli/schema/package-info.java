/** Random changes of tables, types and publications: whatever people do to a table, its topic is the table. */
@org.jspecify.annotations.NullMarked
package org.bottledwater.cli.schema;
