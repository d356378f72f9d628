package dev.longpin.cache;

import dev.longpin.api.Access;
import dev.longpin.api.LongpinException;
import dev.longpin.api.Pin;
import dev.longpin.api.PinQueue;
import dev.longpin.mm.Prefetch;
import dev.longpin.page.AddressSpace;
import java.util.Arrays;
import java.util.NoSuchElementException;

/**
 * Ranges whose pages are being read. A range has come when no page of it is being read any more:
 * then it is in memory, or nobody reads it and the pin has to.
 */
final class ArrivalQueue implements PinQueue {

  private static final int ROOM = 32;

  private final DefaultCachedFile file;
  private final AddressSpace space;
  private final Prefetch prefetch;
  private final Access access;

  // In the order of submission:
  private long[] offsets = new long[ROOM];
  private long[] lengths = new long[ROOM];
  private int size;

  ArrivalQueue(DefaultCachedFile file, AddressSpace space, Prefetch prefetch, Access access) {
    this.file = file;
    this.space = space;
    this.prefetch = prefetch;
    this.access = access;
  }

  @Override
  public void submit(long offset, long lengthBytes) {
    if (lengthBytes == 0) {
      throw new IllegalArgumentException("an empty range");
    }
    file.prefetch(offset, lengthBytes);
    if (size == offsets.length) {
      offsets = Arrays.copyOf(offsets, 2 * size);
      lengths = Arrays.copyOf(lengths, 2 * size);
    }
    offsets[size] = offset;
    lengths[size] = lengthBytes;
    size++;
  }

  @Override
  public Pin take() throws LongpinException {
    if (size == 0) {
      throw new NoSuchElementException("nothing was submitted");
    }
    int first;
    while ((first = firstThatCame()) < 0) {
      file.await("take", deadline -> space.store().awaitEnd(() -> firstThatCame() >= 0, deadline));
    }
    long offset = offsets[first];
    long length = lengths[first];
    size--;
    System.arraycopy(offsets, first + 1, offsets, first, size - first);
    System.arraycopy(lengths, first + 1, lengths, first, size - first);
    return file.pin(offset, length, access);
  }

  private int firstThatCame() {
    for (int i = 0; i < size; i++) {
      if (!isComing(offsets[i], lengths[i])) {
        return i;
      }
    }
    return -1;
  }

  private boolean isComing(long offset, long lengthBytes) {
    return prefetch.isComing(space, offset, offset + lengthBytes);
  }

  @Override
  public int size() {
    return size;
  }
}
