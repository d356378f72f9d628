package dev.longpin.linux.uring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * One operation of a {@link Ring}: what goes into its submission entry, and what came of it. Used
 * once.
 */
public final class RingRequest {

  /** What is done when the kernel no longer uses the memory; on whatever thread, briefly. */
  @FunctionalInterface
  public interface End {
    /** Gets the number of bytes, or the negated error number. */
    void ended(int result);
  }

  private final byte operation;
  private final UringFile file;
  private final long offset;
  private final long address;
  private final int lengthBytes;
  private final int buffer;
  private final short priority;
  private final @Nullable End end;
  private @Nullable End notified;

  private volatile boolean answered;
  private volatile boolean finished;
  private int result;

  /** Under the ring's lock: what it is cancelled by. */
  long userData;

  /**
   * Makes one.
   *
   * @param operation one of {@link UringAbi}'s
   * @param offset in the file; or the user data of the request to be cancelled
   * @param address of the memory
   * @param buffer the index of the registered buffer that has the memory; 0 if that is not asked
   * @param priority the operation's use of {@code ioprio}
   * @param end what is done when it has finished, or null
   */
  RingRequest(
      byte operation,
      UringFile file,
      long offset,
      long address,
      int lengthBytes,
      int buffer,
      short priority,
      @Nullable End end) {
    this.operation = operation;
    this.file = file;
    this.offset = offset;
    this.address = address;
    this.lengthBytes = lengthBytes;
    this.buffer = buffer;
    this.priority = priority;
    this.end = end;
  }

  /** Says what is done with the notification of a zero-copy send; before it is submitted. */
  void whenNotified(End next) {
    notified = next;
  }

  /** Makes one that moves no data. */
  static RingRequest plain(byte operation, UringFile file, long address) {
    return new RingRequest(operation, file, 0, address, 0, 0, (short) 0, null);
  }

  /** Writes a submission entry, which may hold an older one. */
  void fill(MemorySegment entry) {
    entry.fill((byte) 0);
    entry.set(ValueLayout.JAVA_BYTE, UringAbi.SQE_OPCODE, operation);
    entry.set(ValueLayout.JAVA_BYTE, UringAbi.SQE_FLAGS, file.flags());
    entry.set(ValueLayout.JAVA_SHORT, UringAbi.SQE_IOPRIO, priority);
    entry.set(ValueLayout.JAVA_INT, UringAbi.SQE_FD, file.number());
    entry.set(ValueLayout.JAVA_LONG, UringAbi.SQE_OFF, offset);
    entry.set(ValueLayout.JAVA_LONG, UringAbi.SQE_ADDR, address);
    entry.set(ValueLayout.JAVA_INT, UringAbi.SQE_LEN, lengthBytes);
    entry.set(ValueLayout.JAVA_LONG, UringAbi.SQE_USER_DATA, userData);
    entry.set(ValueLayout.JAVA_SHORT, UringAbi.SQE_BUF_INDEX, (short) buffer);
  }

  /**
   * Takes a completion entry.
   *
   * @return whether it was the last of this request
   */
  boolean take(int entryResult, int entryFlags) {
    boolean last;
    if ((entryFlags & UringAbi.CQE_NOTIFICATION) != 0) {
      if (notified != null) {
        notified.ended(entryResult);
      }
      last = true;
    } else {
      result = entryResult;
      last = (entryFlags & UringAbi.CQE_MORE) == 0;
    }
    answered = true;
    if (last) {
      try {
        if (end != null) {
          end.ended(result);
        }
      } finally {
        finished = true;
      }
    }
    return last;
  }

  /** Returns whether the result is there. */
  public boolean isAnswered() {
    return answered;
  }

  /** Returns the number of bytes, or the negated error number; once answered. */
  public int result() {
    return result;
  }

  /**
   * Returns whether the kernel no longer uses the memory; after the answer unless this is a
   * zero-copy send.
   */
  public boolean isFinished() {
    return finished;
  }
}
