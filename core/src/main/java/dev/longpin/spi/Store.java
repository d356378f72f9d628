package dev.longpin.spi;

import dev.longpin.api.StoreException;
import dev.longpin.base.Deadline;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One file as the outside world keeps it. Every call blocks until the store has answered, survives
 * an interrupt of the calling thread (whose interrupt status it keeps) and fails with {@link
 * StoreException}. Safe for use from several threads.
 */
public interface Store extends AutoCloseable {

  /** What a store can do beyond reading and writing. */
  enum Feature {
    /** {@link #reserve} reserves space, so that later writes can't fail for lack of it (I7). */
    RESERVE,
    /** {@link #punchHole} frees space; otherwise it writes zeros. */
    PUNCH_HOLE,
    /** The file is locked against other processes for as long as the store is open. */
    LOCK,
    /** {@link #nextData} finds holes; otherwise all is data. */
    SEEK_HOLE,
    /** Data moves past the kernel's page cache. */
    DIRECT,
    /** The file's pages are frames of its engine's memory: {@link #mapPage} names them. */
    DAX
  }

  /**
   * What tells one file from another, whatever its name.
   *
   * @param device the device's number, or any object with equality that stands for it
   * @param inode the inode's number, likewise
   */
  record Identity(Object device, Object inode) {}

  /**
   * What changes when someone changes the file.
   *
   * @param sizeBytes the size
   * @param modifiedNanos the time of the last change of the contents
   * @param changedNanos the time of the last change of the inode
   */
  record Stamp(long sizeBytes, long modifiedNanos, long changedNanos) {}

  /** Returns the path by which the file was opened. */
  Path path();

  /** Returns which file it is. */
  Identity identity();

  /** Returns what this store can do. */
  Set<Feature> features();

  /** Returns the unit in which space is allocated, in bytes: a power of two. */
  int blockSize();

  /** Returns size and times as they are now. */
  Stamp stamp() throws StoreException;

  /**
   * Reads at {@code offset} until {@code target} is full or the file ends.
   *
   * @return the bytes read
   */
  long read(MemorySegment target, long offset) throws StoreException;

  /** Is told of the end of a read that was started; on any thread, and briefly. */
  @FunctionalInterface
  interface ReadEnd {
    /**
     * The read has ended, and nothing writes to the target any more.
     *
     * @param bytesRead as {@link #read} returns them; meaningless after a failure
     * @param failure why the read failed, or null
     */
    void ended(long bytesRead, @Nullable StoreException failure);
  }

  /** Returns whether {@link #startRead} returns before the data is there. */
  default boolean isAsync() {
    return false;
  }

  /**
   * Starts a {@link #read}. An {@linkplain #isAsync asynchronous} store waits for no data, but may
   * wait a little for other reads to go together, until someone {@linkplain #awaitEnd waits} or
   * there are enough of them. With another the read has ended when this returns. If this throws the
   * read was not started, and its end is not told.
   *
   * @return false if as many are under way as can be: not started, and its end is not told
   */
  default boolean startRead(MemorySegment target, long offset, ReadEnd end) {
    long bytesRead = 0;
    StoreException failure = null;
    try {
      bytesRead = read(target, offset);
    } catch (StoreException e) {
      failure = e;
    }
    end.ended(bytesRead, failure);
    return true;
  }

  /** Returns whether there is room to {@linkplain #startRead start} another read. */
  default boolean canStartRead() {
    return true;
  }

  /**
   * Waits for something that the end of a started read brings about, in a store that {@linkplain
   * #isAsync is asynchronous}: a read of this store, or of any other that its provider opened.
   *
   * @param done whether it is so, which is cheap to ask
   * @return false if the deadline passed first
   * @throws InterruptedException if interrupted, at the latest after a few milliseconds
   */
  default boolean awaitEnd(BooleanSupplier done, Deadline deadline) throws InterruptedException {
    throw new UnsupportedOperationException("not asynchronous");
  }

  /** Writes all of {@code source} at {@code offset}. */
  void write(MemorySegment source, long offset) throws StoreException;

  /** Waits until all that was written is on disk (fdatasync). */
  void sync() throws StoreException;

  /** Sets the size. */
  void truncate(long sizeBytes) throws StoreException;

  /** Makes a range within the file read as zeros; the size stays. */
  void punchHole(long offset, long lengthBytes) throws StoreException;

  /**
   * Reserves space for a range, also beyond the end; the size stays. Without {@link
   * Feature#RESERVE} does nothing.
   */
  void reserve(long offset, long lengthBytes) throws StoreException;

  /** Returns the offset of the first byte of data at or after {@code offset}, or the size. */
  long nextData(long offset) throws StoreException;

  /** What {@link #mapPage} returns for a page that has no space. */
  int HOLE = -1;

  /** What {@link #mapPage} returns if the memory has no room to map the page in. */
  int NO_FRAME = -2;

  /**
   * Returns the frame that is a page of the file, in the memory of the engine; only of a store with
   * {@link Feature#DAX}. It stays the page's until the page is truncated or punched, or the store
   * is closed; no other page, of any file, has it until then.
   *
   * @param allocate whether a page that is a hole is given space, which is zeros
   * @return the frame's number, or {@link #HOLE}, or {@link #NO_FRAME}
   * @throws StoreException {@code NO_SPACE} if there is none to give; nothing has changed
   */
  default int mapPage(long pageIndex, boolean allocate) throws StoreException {
    throw new UnsupportedOperationException("the pages of " + path() + " are not frames");
  }

  /**
   * Keeps the file open underneath, through {@link #close} and on, since a device can still reach a
   * page of it that is the storage. Its space stays its own until then, and its lock.
   *
   * @return what lets go; it is run once
   */
  default Runnable hold() {
    return () -> {};
  }

  /** Removes the file's name. */
  void delete() throws StoreException;

  /** Gives up the file and its lock. */
  @Override
  void close() throws StoreException;
}
