package dev.longpin.sim;

import dev.longpin.api.Access;
import dev.longpin.api.PinnedMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Memory as a pin gives it: scattered over pages, of which the first and the last are partial. */
record FakePin(long offset, Access access, MemorySegment[] pages) implements PinnedMemory {

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static FakePin of(Arena arena, long offset, Access access, long... lengths) {
    MemorySegment[] pages = new MemorySegment[lengths.length];
    for (int i = 0; i < lengths.length; i++) {
      pages[i] = arena.allocate(lengths[i], Long.BYTES);
    }
    return new FakePin(offset, access, pages);
  }

  @Override
  public long lengthBytes() {
    long length = 0;
    for (MemorySegment page : pages) {
      length += page.byteSize();
    }
    return length;
  }

  @Override
  public int segmentCount() {
    return pages.length;
  }

  @Override
  public MemorySegment unsafeSegment(int index) {
    return access.writes() ? pages[index] : pages[index].asReadOnly();
  }

  @Override
  public long getLong(long position) {
    long at = position;
    for (MemorySegment page : pages) {
      if (at < page.byteSize()) {
        return page.get(LONG, at);
      }
      at -= page.byteSize();
    }
    throw new IndexOutOfBoundsException(String.valueOf(position));
  }

  @Override
  public void putLong(long position, long value) {
    long at = position;
    for (MemorySegment page : pages) {
      if (at < page.byteSize()) {
        page.set(LONG, at, value);
        return;
      }
      at -= page.byteSize();
    }
    throw new IndexOutOfBoundsException(String.valueOf(position));
  }

  @Override
  public byte getByte(long position) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void putByte(long position, byte value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void copyTo(long position, MemorySegment target, long targetOffset, long lengthBytes) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void copyFrom(long position, MemorySegment source, long sourceOffset, long lengthBytes) {
    throw new UnsupportedOperationException();
  }
}
