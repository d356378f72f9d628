package dev.longpin.cli.ledger;

import java.util.List;

/**
 * What must be found in {@code [from, to)} by one who begins to read now, as far as it is known
 * before the read. From {@link Ledger#expect}; {@link Ledger#judge} takes it back with the bytes.
 */
public record Expectation(long from, long to, List<Extent> extents) {}
