/** What a run shows of itself over HTTP: a page, its status as JSON, metrics and health. */
@org.jspecify.annotations.NullMarked
package org.bottledwater.cli.http;
