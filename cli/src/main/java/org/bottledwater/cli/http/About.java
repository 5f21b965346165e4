package org.bottledwater.cli.http;

/**
 * What a page says of the run that it shows; without passwords.
 *
 * @param source the database, as people write it
 */
public record About(String version, String source, String broker, String slot) {}
