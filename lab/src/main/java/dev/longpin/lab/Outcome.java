package dev.longpin.lab;

import java.util.Locale;

/** What came of one schedule, or of a cell: the later, the worse. */
public enum Outcome {
  /** There is no such race in this column. */
  NOT_APPLICABLE,
  /** Nobody was in anybody's way. */
  OK,
  /** An operation waited for a device. */
  WAITED,
  /** A holder was told, and let go. */
  REVOKED,
  /** Something was refused with a typed reason. */
  REFUSED,
  /** The operation failed at once, since it can't know when the pins end. */
  GAVE_UP,
  /** The wait ended at its deadline, and everything is as before. */
  TIMED_OUT,
  /** The deadline passed, and the page left the file to its device. */
  DISCONNECTED,
  /** The racing steps never met: nothing was tried. */
  NOT_REACHED,
  /** A device reached a page that was gone. */
  STALE_ACCESS,
  /** Bytes changed while they were written. */
  TORN_WRITEBACK,
  /** Memory has a write that the disk lacks, and nothing says so. */
  BLOCKS_MISSING,
  /** A counter lost count. */
  OVERFLOW,
  /** A write was complete, forced, and is not in the file. */
  LOST_WRITE,
  /** A device's data turned up in another page. */
  REUSED_FRAME,
  /** The code under test threw what it may not. */
  THREW,
  /** Actors run on and on, and nobody gets anywhere. */
  HANG,
  /** Actors wait for each other. */
  DEADLOCK;

  /** Returns whether a guarantee is broken, or nothing was shown. */
  public boolean isBad() {
    return compareTo(NOT_REACHED) >= 0;
  }

  /** Returns the name in reports, such as "lost write". */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
