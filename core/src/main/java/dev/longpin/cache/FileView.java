package dev.longpin.cache;

import dev.longpin.api.FileClosedException;
import dev.longpin.api.LongpinException;
import dev.longpin.api.PastEndException;
import dev.longpin.api.View;
import dev.longpin.base.Cells;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.Frames;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import dev.longpin.page.Slot;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * A view. A value within one page that is in memory is read without any change to shared memory:
 *
 * <ol>
 *   <li>Load the slot; see that the page is whole.
 *   <li>Read the value from the frame.
 *   <li>Load the slot again: if its version is the same, the frame was the page's throughout.
 * </ol>
 *
 * <p>To zap a view is to change the slot, so nothing has to be told and nothing waits.
 *
 * <p>Where the pages are the storage (DAX) that is not enough: memory that was cut may be gone, and
 * the first look would end in a SIGBUS. There each read goes the slow way, with a reference to its
 * page for as long as the copy takes; a cut waits for that, and for no view (I5).
 */
final class FileView implements View {

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final DefaultCachedFile file;
  private final AddressSpace space;
  private final Frames frames;
  private final PageWords words;
  private final long offset;
  private final long lengthBytes;
  private volatile boolean closed;

  FileView(
      DefaultCachedFile file,
      AddressSpace space,
      Frames frames,
      PageWords words,
      long offset,
      long lengthBytes) {
    this.file = file;
    this.space = space;
    this.frames = frames;
    this.words = words;
    this.offset = offset;
    this.lengthBytes = lengthBytes;
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public long lengthBytes() {
    return lengthBytes;
  }

  private long check(long position, long length) throws PastEndException {
    Objects.checkFromIndexSize(position, length, lengthBytes);
    if (closed) {
      throw new FileClosedException("the view is closed");
    }
    file.checkOpen();
    long at = offset + position;
    if (at + length > space.size()) {
      throw new PastEndException(at + length - 1, space.size());
    }
    return at;
  }

  /** Returns the slot if {@code length} bytes lie within one page that is whole, else absent. */
  private long slotFor(long at, int length) {
    if (frames.areStorage() || (at & frames.pageSize() - 1) + length > frames.pageSize()) {
      return Slot.ABSENT;
    }
    long slot = space.index().slot(at >>> frames.pageShift()); // (1)
    return slot != Slot.ABSENT && PageWord.has(words.load(Slot.frame(slot)), PageWord.UPTODATE)
        ? slot
        : Slot.ABSENT;
  }

  private long place(long slot, long at) {
    return ((long) Slot.frame(slot) << frames.pageShift()) + (at & frames.pageSize() - 1);
  }

  private boolean isStill(long slot, long at) {
    Cells.loadLoadFence();
    return space.index().slot(at >>> frames.pageShift()) == slot; // (3)
  }

  @Override
  public byte getByte(long position) throws LongpinException {
    long at = check(position, 1);
    long slot = slotFor(at, 1);
    if (slot != Slot.ABSENT) {
      byte value = frames.region().get(ValueLayout.JAVA_BYTE, place(slot, at)); // (2)
      if (isStill(slot, at)) {
        return value;
      }
    }
    return slow(at, 1).get(ValueLayout.JAVA_BYTE, 0);
  }

  @Override
  public int getInt(long position) throws LongpinException {
    long at = check(position, Integer.BYTES);
    long slot = slotFor(at, Integer.BYTES);
    if (slot != Slot.ABSENT) {
      int value = frames.region().get(INT, place(slot, at)); // (2)
      if (isStill(slot, at)) {
        return value;
      }
    }
    return slow(at, Integer.BYTES).get(INT, 0);
  }

  @Override
  public long getLong(long position) throws LongpinException {
    long at = check(position, Long.BYTES);
    long slot = slotFor(at, Long.BYTES);
    if (slot != Slot.ABSENT) {
      long value = frames.region().get(LONG, place(slot, at)); // (2)
      if (isStill(slot, at)) {
        return value;
      }
    }
    return slow(at, Long.BYTES).get(LONG, 0);
  }

  @Override
  public void copyTo(long position, MemorySegment target, long targetOffset, long lengthBytes)
      throws LongpinException {
    Objects.checkFromIndexSize(targetOffset, lengthBytes, target.byteSize());
    long at = check(position, lengthBytes);
    readAll(target.asSlice(targetOffset, lengthBytes), at);
  }

  private MemorySegment slow(long at, int length) throws LongpinException {
    MemorySegment value = MemorySegment.ofArray(new byte[length]);
    readAll(value, at);
    return value;
  }

  private void readAll(MemorySegment target, long at) throws LongpinException {
    if (target.byteSize() > 0 && file.read(target, at) < target.byteSize()) {
      throw new PastEndException(at + target.byteSize() - 1, space.size());
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
