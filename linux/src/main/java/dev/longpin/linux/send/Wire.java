package dev.longpin.linux.send;

import dev.longpin.api.PinnedMemory;
import dev.longpin.base.Deadline;
import java.lang.foreign.MemorySegment;

/** A connection, and how pinned memory gets into it. One thread sends; any thread may reset. */
interface Wire {

  /** Is told when the kernel no longer has any of the memory; on any thread, once. */
  interface Quiesced {
    void quiesced();
  }

  /**
   * Sends a header, which is copied, and pinned memory after it.
   *
   * @param quiesced told at the latest when this returns, unless it returns {@code TIMED_OUT}
   * @return how it ended, and how many of the pinned bytes the connection took
   * @throws InterruptedException if interrupted: as after {@code TIMED_OUT}
   */
  SendResult send(MemorySegment header, PinnedMemory pinned, Deadline deadline, Quiesced quiesced)
      throws InterruptedException;

  /** Throws away what was not received, and ends a send under way; returns at once. */
  void reset();

  /** Resets, and gives the connection up when the kernel is done with it. */
  void close();

  /** Returns how many zero-copy sends there were. */
  long sends();

  /** Returns of how many the kernel said that it had copied after all. */
  long copied();

  /** Returns whether it sends without a copy where the network lets the kernel. */
  boolean isZeroCopy();
}
