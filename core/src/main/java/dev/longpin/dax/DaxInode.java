package dev.longpin.dax;

import dev.longpin.base.Cells;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** A file of a device: its size, and which page of the device each of its own is. */
final class DaxInode {

  private final DaxSpace space;
  private final int pageSize;
  private final TreeMap<Long, Integer> pages = new TreeMap<>();
  private long size;
  private int stores;
  private boolean deleted;

  DaxInode(DaxSpace space) {
    this.space = space;
    this.pageSize = space.pageSize();
  }

  long size() {
    return size;
  }

  private long pagesUpTo(long bytes) {
    return bytes / pageSize + (bytes % pageSize == 0 ? 0 : 1);
  }

  /** Returns the device's page, or -1 for a hole. */
  int page(long index) {
    return pages.getOrDefault(index, -1);
  }

  /** Gives the pages of a range that lack it their space: all of it, or false and none. */
  boolean tryAllocate(long offset, long lengthBytes) {
    long first = offset / pageSize;
    long end = pagesUpTo(offset + lengthBytes);
    long missing = end - first - pages.subMap(first, end).size();
    if (missing > space.freePages()) {
      return false;
    }
    for (long index = first; index < end && missing > 0; index++) {
      if (!pages.containsKey(index)) {
        pages.put(index, space.allocate());
        missing--;
      }
    }
    return true;
  }

  /** Sets the size; what lies behind it is given up, and zeroed in the page that is cut. */
  void truncate(long sizeBytes) {
    if (sizeBytes < size) {
      zero(sizeBytes, Math.min(size, pagesUpTo(sizeBytes) * pageSize));
    }
    if (sizeBytes <= size) {
      releaseFrom(pagesUpTo(sizeBytes));
    }
    size = sizeBytes;
  }

  private void releaseFrom(long firstPage) {
    var gone = pages.tailMap(firstPage, true);
    gone.values().forEach(space::release);
    gone.clear();
  }

  /** Makes a range within the file read as zeros: gives its whole pages up. */
  void punch(long offset, long end) {
    long first = pagesUpTo(offset);
    long last = end / pageSize;
    if (first > last) {
      zero(offset, end);
      return;
    }
    zero(offset, first * pageSize);
    var gone = pages.subMap(first, last);
    gone.values().forEach(space::release);
    gone.clear();
    zero(last * pageSize, end);
  }

  /** Zeroes bytes that lie in one page. */
  private void zero(long from, long to) {
    int page = page(from / pageSize);
    if (to > from && page >= 0) {
      Cells.zero(space.memory(page), from % pageSize, to - from);
    }
  }

  /** Copies bytes out that are within the file. */
  void read(MemorySegment target, long offset) {
    for (long done = 0; done < target.byteSize(); ) {
      long at = offset + done;
      long length = Math.min(target.byteSize() - done, pageSize - at % pageSize);
      int page = page(at / pageSize);
      if (page < 0) {
        Cells.zero(target, done, length);
      } else {
        Cells.copy(space.memory(page), at % pageSize, target, done, length);
      }
      done += length;
    }
  }

  /** Copies bytes in, where all has its space. */
  void write(MemorySegment source, long offset) {
    for (long done = 0; done < source.byteSize(); ) {
      long at = offset + done;
      long length = Math.min(source.byteSize() - done, pageSize - at % pageSize);
      Cells.copy(source, done, space.memory(page(at / pageSize)), at % pageSize, length);
      done += length;
    }
    size = Math.max(size, offset + source.byteSize());
  }

  /** Returns the first byte at or after {@code offset} that is in a page, or the size. */
  long nextData(long offset) {
    Long index = pages.ceilingKey(offset / pageSize);
    return index == null ? size : Math.min(size, Math.max(offset, index * pageSize));
  }

  /** Returns the device's pages that the file has. */
  List<Integer> pages() {
    return new ArrayList<>(pages.values());
  }

  void open() {
    stores++;
  }

  /** A store is closed; the last gives up what a file without a name has. */
  void close() {
    if (--stores == 0 && deleted) {
      releaseFrom(0);
    }
  }

  void delete() {
    deleted = true;
  }
}
