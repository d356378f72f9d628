package dev.longpin.page;

import dev.longpin.api.Access;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.PinnedMemory;
import dev.longpin.base.Cells;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The checked accessors of a pinned range: bytes scattered over one frame a page. */
public abstract class PinnedRange implements PinnedMemory {

  private static final ValueLayout.OfLong LITTLE_ENDIAN_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Frames frames;
  private final long offset;
  private final long lengthBytes;
  private final Access access;
  private final int firstFrame;
  private final int @Nullable [] allFrames;

  /** What the segments for devices live in, if their use after the pin is to be detected. */
  private final @Nullable Arena arena;

  /**
   * Makes the range.
   *
   * @param firstFrame the frame of the first page
   * @param allFrames the frames of all pages, or null if there is but one
   * @param debug whether the segments for devices end with the pin
   */
  @SuppressWarnings("MustBeClosedChecker") // closed with the pin
  protected PinnedRange(
      Frames frames,
      long offset,
      long lengthBytes,
      Access access,
      int firstFrame,
      int @Nullable [] allFrames,
      boolean debug) {
    this.frames = frames;
    this.offset = offset;
    this.lengthBytes = lengthBytes;
    this.access = access;
    this.firstFrame = firstFrame;
    this.allFrames = allFrames;
    this.arena = debug ? Arena.ofShared() : null;
  }

  /** Returns whether the accessors may be used. */
  protected abstract boolean isHeld();

  /**
   * Ends the segments for devices, where that is to be detected; before the pages are unpinned.
   *
   * @throws IllegalStateException if one is being accessed; they go on then
   */
  protected final void endSegments() {
    if (arena != null) {
      arena.close();
    }
  }

  /** Returns the frames that the range lies in. */
  protected final Frames frames() {
    return frames;
  }

  /** Returns the number of pages. */
  public final int pageCount() {
    return allFrames == null ? 1 : allFrames.length;
  }

  /** Returns the frame of the first page. */
  protected final int firstFrame() {
    return firstFrame;
  }

  /** Returns the frame of page {@code index} of the range. */
  protected final int frame(int index) {
    return allFrames == null ? firstFrame : allFrames[index];
  }

  @Override
  public final long offset() {
    return offset;
  }

  @Override
  public final long lengthBytes() {
    return lengthBytes;
  }

  @Override
  public final Access access() {
    return access;
  }

  private void check(long position, long length, boolean write) {
    Objects.checkFromIndexSize(position, length, lengthBytes);
    if (!isHeld()) {
      throw new FileClosedException("the pin has ended");
    }
    if (write && !access.writes()) {
      throw new IllegalStateException("the pin is for reading");
    }
  }

  /** Returns the place in the region of the byte at {@code position}. */
  private long place(long position) {
    long inFile = offset + position;
    int page = (int) ((inFile >>> frames.pageShift()) - (offset >>> frames.pageShift()));
    return ((long) frame(page) << frames.pageShift()) + (inFile & frames.pageSize() - 1);
  }

  private long toPageEnd(long position) {
    return frames.pageSize() - (offset + position & frames.pageSize() - 1);
  }

  @Override
  public final byte getByte(long position) {
    check(position, 1, false);
    return frames.region().get(ValueLayout.JAVA_BYTE, place(position));
  }

  @Override
  public final void putByte(long position, byte value) {
    check(position, 1, true);
    frames.region().set(ValueLayout.JAVA_BYTE, place(position), value);
  }

  @Override
  public final long getLong(long position) {
    check(position, Long.BYTES, false);
    if (toPageEnd(position) >= Long.BYTES) {
      return frames.region().get(LITTLE_ENDIAN_LONG, place(position));
    }
    long value = 0;
    for (int i = Long.BYTES - 1; i >= 0; i--) {
      value = (value << Byte.SIZE) | (getByte(position + i) & 0xffL);
    }
    return value;
  }

  @Override
  public final void putLong(long position, long value) {
    check(position, Long.BYTES, true);
    if (toPageEnd(position) >= Long.BYTES) {
      frames.region().set(LITTLE_ENDIAN_LONG, place(position), value);
      return;
    }
    for (int i = 0; i < Long.BYTES; i++) {
      putByte(position + i, (byte) (value >>> (i * Byte.SIZE)));
    }
  }

  @Override
  public final void copyTo(
      long position, MemorySegment target, long targetOffset, long lengthBytes) {
    check(position, lengthBytes, false);
    Objects.checkFromIndexSize(targetOffset, lengthBytes, target.byteSize());
    for (long done = 0; done < lengthBytes; ) {
      long chunk = Math.min(lengthBytes - done, toPageEnd(position + done));
      Cells.copy(frames.region(), place(position + done), target, targetOffset + done, chunk);
      done += chunk;
    }
  }

  @Override
  public final void copyFrom(
      long position, MemorySegment source, long sourceOffset, long lengthBytes) {
    check(position, lengthBytes, true);
    Objects.checkFromIndexSize(sourceOffset, lengthBytes, source.byteSize());
    for (long done = 0; done < lengthBytes; ) {
      long chunk = Math.min(lengthBytes - done, toPageEnd(position + done));
      Cells.copy(source, sourceOffset + done, frames.region(), place(position + done), chunk);
      done += chunk;
    }
  }

  @Override
  public final int segmentCount() {
    return pageCount();
  }

  @Override
  @SuppressWarnings("restricted") // of memory that is ours, and in debug mode only
  public final MemorySegment unsafeSegment(int index) {
    Objects.checkIndex(index, pageCount());
    if (!isHeld()) {
      throw new FileClosedException("the pin has ended");
    }
    long pageStart = ((offset >>> frames.pageShift()) + index) << frames.pageShift();
    long start = Math.max(pageStart, offset);
    long end = Math.min(pageStart + frames.pageSize(), offset + lengthBytes);
    long place = ((long) frame(index) << frames.pageShift()) + (start - pageStart);
    MemorySegment segment = frames.region().asSlice(place, end - start);
    if (arena != null) {
      segment = segment.reinterpret(arena, null);
    }
    return access.writes() ? segment : segment.asReadOnly();
  }
}
