package dev.longpin.linux.uring;

import dev.longpin.base.Cells;
import dev.longpin.linux.sys.Downcalls;
import dev.longpin.linux.sys.MemoryCalls;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * The memory that a ring shares with the kernel: the submission entries, an index array that maps
 * each place of the ring to the entry of the same number, and the completion entries.
 */
final class RingMemory {

  private final MemorySegment rings;
  private final MemorySegment entries;
  private final int entryCount;
  private final int completionMask;
  private final long submissionTail;
  private final long completionHead;
  private final long completionTail;
  private final long completions;

  private RingMemory(MemorySegment rings, MemorySegment entries, MemorySegment params) {
    this.rings = rings;
    this.entries = entries;
    entryCount = params.get(ValueLayout.JAVA_INT, UringAbi.PARAMS_SQ_ENTRIES);
    submissionTail = offset(params, UringAbi.PARAMS_SQ_OFF, UringAbi.OFF_TAIL);
    completionHead = offset(params, UringAbi.PARAMS_CQ_OFF, UringAbi.OFF_HEAD);
    completionTail = offset(params, UringAbi.PARAMS_CQ_OFF, UringAbi.OFF_TAIL);
    completions = offset(params, UringAbi.PARAMS_CQ_OFF, UringAbi.OFF_CQES);
    long mask = offset(params, UringAbi.PARAMS_CQ_OFF, UringAbi.OFF_MASK);
    completionMask = rings.get(ValueLayout.JAVA_INT, mask);
    long array = offset(params, UringAbi.PARAMS_SQ_OFF, UringAbi.OFF_ARRAY);
    for (int i = 0; i < entryCount; i++) {
      rings.set(ValueLayout.JAVA_INT, array + (long) i * Integer.BYTES, i);
    }
  }

  private static long offset(MemorySegment params, long group, long field) {
    return Integer.toUnsignedLong(params.get(ValueLayout.JAVA_INT, group + field));
  }

  /**
   * Maps the memory of a ring; null if that fails, or the kernel is too old (5.18 has all that is
   * needed).
   */
  static @Nullable RingMemory map(MemoryCalls calls, int ring, MemorySegment params) {
    int features = params.get(ValueLayout.JAVA_INT, UringAbi.PARAMS_FEATURES);
    int wanted = UringAbi.FEAT_SINGLE_MMAP | UringAbi.FEAT_NODROP | UringAbi.FEAT_EXT_ARG;
    if ((features & wanted) != wanted) {
      return null;
    }
    long entryCount = params.get(ValueLayout.JAVA_INT, UringAbi.PARAMS_SQ_ENTRIES);
    long completionCount = params.get(ValueLayout.JAVA_INT, UringAbi.PARAMS_CQ_ENTRIES);
    long array = offset(params, UringAbi.PARAMS_SQ_OFF, UringAbi.OFF_ARRAY);
    long completions = offset(params, UringAbi.PARAMS_CQ_OFF, UringAbi.OFF_CQES);
    long bytes =
        Math.max(
            array + entryCount * Integer.BYTES,
            completions + completionCount * UringAbi.CQE.byteSize());
    MemorySegment rings = map(calls, ring, UringAbi.MAP_RINGS, bytes);
    if (rings == null) {
      return null;
    }
    MemorySegment entries =
        map(calls, ring, UringAbi.MAP_ENTRIES, entryCount * UringAbi.SQE.byteSize());
    if (entries == null) {
      calls.unmap(rings);
      return null;
    }
    return new RingMemory(rings, entries, params);
  }

  private static @Nullable MemorySegment map(MemoryCalls calls, int ring, long offset, long bytes) {
    long address = calls.map(ring, offset, bytes, MemoryCalls.MAP_POPULATE);
    return address < 0 ? null : Downcalls.memoryAt(address, bytes);
  }

  void unmap(MemoryCalls calls) {
    calls.unmap(entries);
    calls.unmap(rings);
  }

  /** Returns the number of submission entries. */
  int entries() {
    return entryCount;
  }

  /** Returns the submission entry at a place. */
  MemorySegment submission(int place) {
    long size = UringAbi.SQE.byteSize();
    return entries.asSlice((place & entryCount - 1) * size, size);
  }

  /** Shows the kernel all submission entries before {@code tail}. */
  void publishTail(int tail) {
    Cells.storeRelease(rings, submissionTail, tail);
  }

  /** Returns the place of the first completion entry that was not taken. */
  int completionHead() {
    return Cells.loadAcquire(rings, completionHead);
  }

  /** Returns the place after the last completion entry. */
  int completionTail() {
    return Cells.loadAcquire(rings, completionTail);
  }

  /** Returns the completion entry at a place. */
  MemorySegment completion(int place) {
    long size = UringAbi.CQE.byteSize();
    return rings.asSlice(completions + (place & completionMask) * size, size);
  }

  /** Gives the kernel back all completion entries before {@code head}. */
  void publishCompletionHead(int head) {
    Cells.storeRelease(rings, completionHead, head);
  }
}
