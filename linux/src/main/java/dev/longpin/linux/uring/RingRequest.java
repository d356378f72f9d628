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

  /** Kept, and so alive, until the ring forgets the request. */
  private final MemorySegment memory;

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
   * @param offset in the file
   * @param memory of at most {@link Integer#MAX_VALUE} bytes; it is the kernel's until the end
   * @param buffer the index of the registered buffer that has the memory; 0 if that is not asked
   * @param priority the operation's use of {@code ioprio}
   * @param end what is done when it has finished, or null
   */
  RingRequest(
      byte operation,
      UringFile file,
      long offset,
      MemorySegment memory,
      int buffer,
      short priority,
      @Nullable End end) {
    this.operation = operation;
    this.file = file;
    this.offset = offset;
    this.memory = memory;
    this.buffer = buffer;
    this.priority = priority;
    this.end = end;
  }

  /** Says what is done with the notification of a zero-copy send; before it is submitted. */
  void whenNotified(End next) {
    notified = next;
  }

  /** Makes one that moves no data, with a number in the place of the address. */
  static RingRequest plain(byte operation, UringFile file, long address) {
    MemorySegment nothing = MemorySegment.ofAddress(address);
    return new RingRequest(operation, file, 0, nothing, 0, (short) 0, null);
  }

  /** Writes a submission entry, which may hold an older one. */
  void fill(MemorySegment entry) {
    entry.fill((byte) 0);
    entry.set(ValueLayout.JAVA_BYTE, UringAbi.SQE_OPCODE, operation);
    entry.set(ValueLayout.JAVA_BYTE, UringAbi.SQE_FLAGS, file.flags());
    entry.set(ValueLayout.JAVA_SHORT, UringAbi.SQE_IOPRIO, priority);
    entry.set(ValueLayout.JAVA_INT, UringAbi.SQE_FD, file.number());
    entry.set(ValueLayout.JAVA_LONG, UringAbi.SQE_OFF, offset);
    entry.set(ValueLayout.JAVA_LONG, UringAbi.SQE_ADDR, memory.address());
    entry.set(ValueLayout.JAVA_INT, UringAbi.SQE_LEN, (int) memory.byteSize());
    entry.set(ValueLayout.JAVA_LONG, UringAbi.SQE_USER_DATA, userData);
    entry.set(ValueLayout.JAVA_SHORT, UringAbi.SQE_BUF_INDEX, (short) buffer);
  }

  /** Returns whether a completion entry with these flags is the last of its request. */
  static boolean isLast(int entryFlags) {
    return (entryFlags & (UringAbi.CQE_NOTIFICATION | UringAbi.CQE_MORE)) != UringAbi.CQE_MORE;
  }

  /** Takes a completion entry. */
  void take(int entryResult, int entryFlags) {
    if ((entryFlags & UringAbi.CQE_NOTIFICATION) == 0) {
      result = entryResult;
    } else if (notified != null) {
      notified.ended(entryResult);
    }
    answered = true;
    if (isLast(entryFlags)) {
      try {
        if (end != null) {
          end.ended(result);
        }
      } finally {
        finished = true;
      }
    }
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
