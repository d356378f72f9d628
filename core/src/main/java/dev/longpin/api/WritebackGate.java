package dev.longpin.api;

/**
 * Is asked before a page of a file is cleaned, so that a write-ahead log can be built on the cache:
 * a page may reach the disk only after the log records that describe it (page LSN against durable
 * LSN). Called with no lock held.
 */
@FunctionalInterface
public interface WritebackGate {

  /**
   * Returns whether the page may be written now.
   *
   * @param pageIndex the page
   * @param forced whether a {@link CachedFile#force} asks: the gate may then make the log durable
   *     and say yes; a no fails the force with {@link GateClosedException}
   */
  boolean mayClean(long pageIndex, boolean forced);
}
