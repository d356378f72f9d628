package dev.longpin.cli.ledger;

/**
 * Bytes of one region that must be in the file: a write that was reported complete, or a later one.
 *
 * @param from the first byte
 * @param to the end
 * @param sequence the write's
 */
public record Guarantee(long from, long to, long sequence) {}
