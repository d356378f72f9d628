package dev.longpin.base;

/**
 * The kinds of step that pass through the {@link Seam} and that a {@link Scheduler} may reorder.
 */
public enum Step {
  /** An ordered load of a cell: a page word, an index slot, a sequence. */
  LOAD,
  /** An ordered store to a cell. */
  STORE,
  /** A compare-and-set of a cell. */
  COMPARE_AND_SET,
  /** A copy of page bytes. */
  COPY,
  /** A lock is about to be acquired. */
  LOCK,
  /** A lock was released. */
  UNLOCK,
  /** An {@link EventCount} is about to be signalled. */
  SIGNAL,
  /** An {@link EventCount} is about to be awaited. */
  AWAIT,
  /** A call into the world outside: a store, a device, a handler. */
  OUTSIDE
}
