package org.bottledwater.postgres;

/**
 * A process of the server that reads a slot.
 *
 * @param started when, in the server's words: process numbers come again
 */
public record SlotReader(int pid, String started) {}
