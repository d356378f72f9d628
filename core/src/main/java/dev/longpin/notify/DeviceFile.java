package dev.longpin.notify;

import dev.longpin.api.Access;
import dev.longpin.api.LongpinException;
import dev.longpin.base.Deadline;

/** What a device's faults need of an open file. */
public interface DeviceFile {

  /** Pins the page that {@code [start, end)} lies in for a short while; returns its frame. */
  int pinPage(long start, long end, Access access) throws LongpinException;

  /** Waits as one of the file's operations, to the cache's deadline. */
  void await(String name, Wait wait) throws LongpinException;

  /** The same, also if the file is closed by now. */
  void awaitAnyway(String name, Wait wait) throws LongpinException;

  /** Something that is awaited. */
  @FunctionalInterface
  interface Wait {
    /** Waits; false if the deadline passed first. */
    boolean await(Deadline deadline) throws InterruptedException;
  }
}
