package dev.longpin.base;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Ordered access to elements of arrays, and copies of page bytes: each is a step of the {@link
 * Seam}. The memory order is in the name.
 */
public final class Cells {

  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle ARRAYS = MethodHandles.arrayElementVarHandle(long[][].class);

  private static final VarHandle INTS = ValueLayout.JAVA_INT.varHandle();

  private Cells() {}

  /** Loads {@code cells[index]}; pairs with {@link #storeRelease(long[], int, long)}. */
  public static long loadAcquire(long[] cells, int index) {
    Seam.step(Step.LOAD, cells, index);
    return (long) LONGS.getAcquire(cells, index);
  }

  /** Stores {@code cells[index]}; pairs with {@link #loadAcquire(long[], int)}. */
  public static void storeRelease(long[] cells, int index, long value) {
    Seam.step(Step.STORE, cells, index);
    LONGS.setRelease(cells, index, value);
  }

  /** Changes {@code cells[index]} from {@code expected} to {@code next}, with volatile order. */
  public static boolean compareAndSet(long[] cells, int index, long expected, long next) {
    Seam.step(Step.COMPARE_AND_SET, cells, index);
    return LONGS.compareAndSet(cells, index, expected, next);
  }

  /** Loads {@code arrays[index]}; pairs with {@link #storeRelease(long[][], int, long[])}. */
  public static long @Nullable [] loadAcquire(long[] @Nullable [] arrays, int index) {
    Seam.step(Step.LOAD, arrays, index);
    return (long[]) ARRAYS.getAcquire(arrays, index);
  }

  /** Stores {@code arrays[index]}; pairs with {@link #loadAcquire(long[][], int)}. */
  public static void storeRelease(long[] @Nullable [] arrays, int index, long @Nullable [] value) {
    Seam.step(Step.STORE, arrays, index);
    ARRAYS.setRelease(arrays, index, value);
  }

  /** Loads an int of native memory that the kernel or a device changes. */
  public static int loadAcquire(MemorySegment memory, long offset) {
    Seam.step(Step.LOAD, memory, offset);
    return (int) INTS.getAcquire(memory, offset);
  }

  /** Stores an int of native memory for the kernel or a device to read, after all before it. */
  public static void storeRelease(MemorySegment memory, long offset, int value) {
    Seam.step(Step.STORE, memory, offset);
    INTS.setRelease(memory, offset, value);
  }

  /** Orders the loads before it against loads and stores after it (validation of a sequence). */
  public static void loadLoadFence() {
    VarHandle.acquireFence();
  }

  /** Copies page bytes; the positions and the length are in bytes. */
  public static void copy(
      MemorySegment source,
      long sourceOffset,
      MemorySegment target,
      long targetOffset,
      long lengthBytes) {
    Seam.step(Step.COPY, source, sourceOffset);
    MemorySegment.copy(source, sourceOffset, target, targetOffset, lengthBytes);
  }

  /** Sets page bytes to zero. */
  public static void zero(MemorySegment target, long offset, long lengthBytes) {
    Seam.step(Step.COPY, target, offset);
    target.asSlice(offset, lengthBytes).fill((byte) 0);
  }
}
