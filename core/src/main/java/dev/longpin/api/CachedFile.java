package dev.longpin.api;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An open file whose pages lie in a {@link PageCache}. Offsets, lengths and sizes are in bytes,
 * ranges are half-open. Safe for use from several threads, platform or virtual; reads and writes of
 * the same bytes at the same time may mix, as those of a plain file.
 *
 * <p>Every wait ends at a deadline: the one passed, or the cache's default. An operation on a
 * closed file fails with {@link FileClosedException}; a negative or overflowing range with {@link
 * IllegalArgumentException}; one that changes a file opened for reading with {@link StoreException}
 * ({@code PERMISSION}).
 */
public interface CachedFile extends AutoCloseable {

  /** Returns the path by which the file was opened. */
  Path path();

  /** Returns the size of the file in bytes. */
  long size();

  /**
   * Reads at {@code offset} into the whole of {@code target}, or to the end of the file.
   *
   * @return the bytes read, or -1 at or past the end of the file
   * @throws FileChangedException if another program changed the file underneath, once
   * @throws NoFrameException if pinned and dirty pages fill the cache, to the deadline
   * @throws LongpinException if a page can't be read; {@link LongpinException#bytesDone} were
   */
  long read(MemorySegment target, long offset) throws LongpinException;

  /** Reads into the buffer's remaining bytes and moves its position, as the other read does. */
  int read(ByteBuffer target, long offset) throws LongpinException;

  /**
   * Begins to read a range of the file into memory, as a hint: a read or a pin that comes to it
   * finds it there, or waits for less. So one thread can keep as many reads under way as it likes.
   * Waits for no data, no lock and no cut, and fails for nothing that the store does; what is past
   * the end is left out, and so is what would fill more than a quarter of the cache at once. The
   * reads may be given to the kernel together with those of the next calls, up to a millisecond
   * later.
   *
   * @throws IllegalArgumentException if the range is no range
   * @throws FileClosedException if the file is closed
   */
  void prefetch(long offset, long lengthBytes);

  /**
   * Writes all of {@code source} at {@code offset}; the file grows if need be, and what lies
   * between its old end and {@code offset} reads as zeros. Space on disk is reserved first (I7).
   * May wait for dirty pages to be written.
   *
   * @throws NoFrameException if pinned and dirty pages fill the cache, to the deadline
   * @throws LongpinException if not all could be written; {@link LongpinException#bytesDone} were.
   *     A write behind the end whose wait ended may leave the file larger by the hole before it;
   *     one that found no space leaves the size
   */
  void write(MemorySegment source, long offset) throws LongpinException;

  /** Writes the buffer's remaining bytes and moves its position, as the other write does. */
  void write(ByteBuffer source, long offset) throws LongpinException;

  /**
   * Writes at the end of the file; concurrent appends follow each other. The file grows first, with
   * its space reserved, and the bytes follow.
   *
   * @return the offset at which the bytes begin
   * @throws LongpinException if not all could be written. If the space could not be had the size is
   *     as before; otherwise the file has grown, {@link LongpinException#bytesDone} bytes are
   *     there, and the rest reads as zeros: another append may stand behind it by then
   */
  long append(MemorySegment source) throws LongpinException;

  /** Appends the buffer's remaining bytes and moves its position, as the other append does. */
  long append(ByteBuffer source) throws LongpinException;

  /**
   * Sets the size. Growing leaves a hole. Shrinking takes the pages beyond away from every device
   * first, and returns when none can reach them any more (I2).
   *
   * @throws WaitEndedException if pins did not end in time; nothing has changed
   * @throws UnmapRefusedException if the policy refuses; nothing has changed
   * @throws SelfDeadlockException if it would wait for the holder on whose behalf it acts; nothing
   *     has changed
   * @throws IndeterminateException if the store failed half-way
   */
  UnmapResult truncate(long sizeBytes, Unmapping unmapping) throws LongpinException;

  /** Sets the size, with the default deadline. */
  default UnmapResult truncate(long sizeBytes) throws LongpinException {
    return truncate(sizeBytes, Unmapping.DEFAULT);
  }

  /**
   * Makes a range a hole that reads as zeros; the size stays. Pages are taken away from devices
   * first, as by {@link #truncate}, and it fails as that does. What lies past the end is ignored.
   */
  UnmapResult punchHole(long offset, long lengthBytes, Unmapping unmapping) throws LongpinException;

  /** Punches a hole, with the default deadline. */
  default UnmapResult punchHole(long offset, long lengthBytes) throws LongpinException {
    return punchHole(offset, lengthBytes, Unmapping.DEFAULT);
  }

  /**
   * Reserves space on disk for a range, so that writes to it can't fail for lack of space. The size
   * stays.
   *
   * @throws StoreException with {@code NO_SPACE}, or {@code UNSUPPORTED} where the store can't
   */
  void preallocate(long offset, long lengthBytes) throws LongpinException;

  /**
   * Writes the range's dirty pages and waits until they are on disk (I3). Pages that a device may
   * be writing to are copied and the copy written (I4).
   *
   * @throws WritebackException if writing failed, now or in the background since this opener last
   *     looked; all that is not synced is dirty again
   * @throws FileChangedException if another program changed the file underneath, once; nothing
   *     counts as forced
   * @throws GateClosedException if the gate refused a page; nothing counts as forced
   * @throws WaitEndedException if the deadline passed; nothing counts as forced
   */
  void force(long offset, long lengthBytes, Duration deadline) throws LongpinException;

  /** Forces the whole file, with the default deadline. */
  void force() throws LongpinException;

  /**
   * Drops the range's pages from memory, written and synced first if they are dirty. Pages are
   * taken away from devices first, as by {@link #truncate}; the file stays as it is. Allowed on a
   * file that was opened for reading.
   *
   * @throws WaitEndedException if pins did not end in time; the pages are still there
   * @throws UnmapRefusedException if the policy refuses; the pages are still there
   * @throws SelfDeadlockException if it would wait for the holder on whose behalf it acts; the
   *     pages are still there
   * @throws GateClosedException if the gate refused a page; the pages are still there
   * @throws StoreException if they could not be written or synced; they are still there, and dirty
   */
  UnmapResult evict(long offset, long lengthBytes, Unmapping unmapping) throws LongpinException;

  /** Drops the whole file from memory, with the default deadline. */
  default UnmapResult evict() throws LongpinException {
    return evict(0, Long.MAX_VALUE, Unmapping.DEFAULT);
  }

  /**
   * Takes every page away from every device, deletes the file and closes all its open instances.
   *
   * @throws WaitEndedException if pins did not end in time; nothing has changed
   * @throws UnmapRefusedException if the policy refuses; nothing has changed
   * @throws SelfDeadlockException if it would wait for the holder on whose behalf it acts; nothing
   *     has changed
   */
  UnmapResult delete(Unmapping unmapping) throws LongpinException;

  /**
   * Pins a range for one device access. All or nothing.
   *
   * @throws PinRefusedException with the reason; nothing is pinned
   * @throws WaitEndedException if the wait for a page passed the default deadline
   */
  Pin pin(long offset, long lengthBytes, Access access) throws LongpinException;

  /** Returns a new queue of ranges that are pinned as their pages come into memory. */
  PinQueue pinQueue(Access access);

  /**
   * Pins a range until the holder ends it. The holder does not opt in to revocation: an operation
   * that needs the pages waits for it, to its deadline.
   */
  default LongtermPin pinLongterm(long offset, long lengthBytes, Access access, Holder holder)
      throws LongpinException {
    return pinLongterm(offset, lengthBytes, access, holder, null);
  }

  /**
   * Pins a range until the holder ends it or is told to let go. All or nothing.
   *
   * @param handler how the holder is told; null if it can't be
   * @throws PinRefusedException with the reason; nothing is pinned
   * @throws WaitEndedException if the wait for a page passed the default deadline; nothing is
   *     pinned. As of a refusal, a suppressed one says that pages could not be moved out of {@link
   *     HolderMemory} again, which were there for the pin
   */
  LongtermPin pinLongterm(
      long offset,
      long lengthBytes,
      Access access,
      Holder holder,
      @Nullable RevocationHandler handler)
      throws LongpinException;

  /**
   * Marks a range in which nobody gets a long-term pin, whatever the policy: as for memory that is
   * registered with devices that need none. Pins that are there stay, and {@link PageCache#holders}
   * names them all from now on.
   *
   * @return what takes the mark away
   */
  RangeMark refuseLongterm(long offset, long lengthBytes);

  /**
   * Attaches a device that keeps a page table of its own over a range, which may reach beyond the
   * end of the file.
   *
   * @param handler is told what the device has to forget
   */
  IntervalNotifier attach(
      long offset, long lengthBytes, Holder device, InvalidationHandler handler);

  /**
   * Maps a range for reading by the CPU. It may reach beyond the end of the file: those bytes can
   * be read once the file has grown.
   */
  View view(long offset, long lengthBytes);

  /** Sets the gate that is asked before a page of this file is cleaned; null removes it. */
  void setWritebackGate(@Nullable WritebackGate gate);

  /** Includes the file in background writeback, or leaves its cleaning to {@link #force} alone. */
  void setBackgroundWriteback(boolean enabled);

  /** Returns the long-term pins on this file. */
  List<HolderInfo> holders();

  /**
   * Closes this instance. The last one to close takes the pages away from every device, writes and
   * syncs what is dirty and drops it. While that one waits, every other use of the file gets {@link
   * FileClosedException}, also if it is open again in the end.
   *
   * @throws WaitEndedException if pins did not end in time; the file is still open
   */
  void close(Duration deadline) throws LongpinException;

  /**
   * Closes this instance for good: tells holders, waits {@code PageCaches.CLOSE_WAIT} at most, then
   * disconnects them. Memory that a device never lets go of is leaked and reported, not reused.
   *
   * @throws LongpinException if dirty pages could not be written; the file is closed all the same
   */
  @Override
  void close() throws LongpinException;
}
