package dev.longpin.cache;

import dev.longpin.api.LongpinException;
import dev.longpin.base.Cells;
import dev.longpin.mm.CoreMm;
import dev.longpin.mm.Extend;
import dev.longpin.mm.Fault;
import dev.longpin.mm.Flusher;
import dev.longpin.mm.Operation;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.BlockState;
import dev.longpin.page.BlockState.State;
import dev.longpin.page.Frames;
import dev.longpin.page.PageWord;
import java.lang.foreign.MemorySegment;

/**
 * Copies user memory to pages of a file, page by page.
 *
 * <ol>
 *   <li>With no lock: be held back while too much is dirty, and wait while the range is going.
 *   <li>Under the invalidate lock, shared, and the size lock if the file grows: make a hole up to
 *       the first page that is written.
 *   <li>Lock the page; wait until its frame is not being written (I4); reserve the space of the
 *       blocks (I7); read blocks that are written in part.
 *   <li>Zero what lay behind the old end in this page, and copy; the blocks are up to date and
 *       dirty.
 *   <li>Set the size, if the file grew, with the page still locked: a writeback sees the new bytes
 *       and the new size, or neither.
 * </ol>
 */
final class FileWrites {

  private final CoreMm mm;
  private final Frames frames;
  private final Fault fault;
  private final Extend extend;
  private final Flusher flusher;
  private final FileReads reads;

  FileWrites(CoreMm mm, Fault fault, Extend extend, Flusher flusher, FileReads reads) {
    this.mm = mm;
    this.frames = mm.frames();
    this.fault = fault;
    this.extend = extend;
    this.flusher = flusher;
    this.reads = reads;
  }

  /** Writes all of {@code source} at {@code offset}. */
  void write(Operation operation, MemorySegment source, long offset) throws LongpinException {
    long done = 0;
    try {
      while (done < source.byteSize()) {
        long at = offset + done;
        long toPageEnd = frames.pageSize() - (at & frames.pageSize() - 1);
        int length = (int) Math.min(toPageEnd, source.byteSize() - done);
        flusher.throttle(operation); // (1)
        writePage(operation, source, done, at, length);
        done += length;
      }
    } catch (LongpinException e) {
      throw e.withBytesDone(done);
    }
  }

  /**
   * Makes room at the end for an append, so that appends follow each other: the file grows by a
   * hole whose space is reserved.
   *
   * @return where it begins
   */
  long growForAppend(Operation operation, long length) throws LongpinException {
    AddressSpace space = operation.space();
    while (true) {
      int ticket = space.going().ended().ticket();
      operation.await(space.invalidateLock()::lockShared);
      try {
        operation.await(space.sizeLock()::lock);
        try {
          long offset = space.size();
          if (length > Long.MAX_VALUE - offset) {
            throw new IllegalArgumentException("append past the largest file size");
          }
          if (!isGoing(space, offset, offset + length)) {
            space.store().reserve(offset, length);
            extend.grow(operation, offset + length);
            return offset;
          }
        } finally {
          space.sizeLock().unlock();
        }
      } finally {
        space.invalidateLock().unlockShared();
      }
      operation.await(deadline -> space.going().ended().await(ticket, deadline));
    }
  }

  /** Makes the file larger by a hole; false if it is larger than that by now. */
  boolean grow(Operation operation, long newSize) throws LongpinException {
    AddressSpace space = operation.space();
    while (true) {
      int ticket = space.going().ended().ticket();
      operation.await(space.invalidateLock()::lockShared);
      try {
        operation.await(space.sizeLock()::lock);
        try {
          if (!isGoing(space, space.size(), Math.max(newSize, space.size() + 1))) {
            if (newSize < space.size()) {
              return false;
            }
            extend.grow(operation, newSize);
            return true;
          }
        } finally {
          space.sizeLock().unlock();
        }
      } finally {
        space.invalidateLock().unlockShared();
      }
      operation.await(deadline -> space.going().ended().await(ticket, deadline));
    }
  }

  /**
   * Returns whether any page from the one of {@code from} to the one before {@code to} is going.
   */
  private boolean isGoing(AddressSpace space, long from, long to) {
    return space.going().overlaps(mm.pageOf(Math.min(from, to)), mm.pagesUpTo(to));
  }

  private void writePage(
      Operation operation, MemorySegment source, long sourceOffset, long offset, int length)
      throws LongpinException {
    AddressSpace space = operation.space();
    while (true) {
      int endTicket = space.going().ended().ticket();
      int frameTicket = frames.freed().ticket();
      boolean going;
      operation.await(space.invalidateLock()::lockShared);
      try {
        going = isGoing(space, Math.min(offset, space.size()), offset + length);
        if (!going && writeShared(operation, source, sourceOffset, offset, length)) {
          return;
        }
      } finally {
        space.invalidateLock().unlockShared();
      }
      if (going) { // (1)
        operation.await(deadline -> space.going().ended().await(endTicket, deadline));
      } else {
        reads.awaitFrame(operation, frameTicket);
      }
    }
  }

  /** Writes under the invalidate lock; false if there is no frame. */
  private boolean writeShared(
      Operation operation, MemorySegment source, long sourceOffset, long offset, int length)
      throws LongpinException {
    AddressSpace space = operation.space();
    if (offset + length <= space.size()) {
      return copyIn(operation, source, sourceOffset, offset, length);
    }
    // (2)
    operation.await(space.sizeLock()::lock);
    try {
      if (mm.isDax()) { // no writeback will make the file larger, and no page lies behind its end
        space.store().reserve(offset, length);
        extend.grow(operation, offset + length);
      } else if (mm.pageOf(offset) > mm.pageOf(space.size())) {
        space.store().reserve(offset, length); // may fail: before anything has changed
        extend.grow(operation, offset); // what lies between is a hole
      }
      return copyIn(operation, source, sourceOffset, offset, length);
    } finally {
      space.sizeLock().unlock();
    }
  }

  private boolean copyIn(
      Operation operation, MemorySegment source, long sourceOffset, long offset, int length)
      throws LongpinException {
    AddressSpace space = operation.space();
    long page = mm.pageOf(offset);
    int from = (int) (offset & frames.pageSize() - 1);
    int to = from + length;
    int firstBlock = from / BlockState.BLOCK_SIZE;
    int endBlock = Fault.blockUp(to);
    int frame = fault.lockPage(operation, page);
    if (frame == Fault.NO_FRAME) {
      return false;
    }
    try {
      // (3)
      fault.awaitStable(operation, frame);
      fault.reserve(space, page, frame, firstBlock, endBlock);
      if (from % BlockState.BLOCK_SIZE != 0) {
        fault.fill(space, page, frame, from, from + 1);
      }
      if (to % BlockState.BLOCK_SIZE != 0) {
        fault.fill(space, page, frame, to - 1, to);
      }
      boolean grows = offset + length > space.size();
      if (grows && mm.pageOf(space.size()) == page) {
        extend.zeroTail(space, frame, offset + length);
      }
      // (4)
      long place = ((long) frame << frames.pageShift()) + from;
      Cells.copy(source, sourceOffset, frames.region(), place, length);
      mm.blocks().set(frame, State.DIRTY, firstBlock, endBlock);
      fault.markUptodate(frame, firstBlock, endBlock);
      fault.markDirty(space, page, frame, PageWord.REFERENCED);
      // (5)
      if (grows) {
        space.setSize(offset + length);
      }
      return true;
    } finally {
      fault.done(frame);
    }
  }
}
