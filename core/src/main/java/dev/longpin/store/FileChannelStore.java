package dev.longpin.store;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.api.StoreException.Kind;
import dev.longpin.base.Checks;
import dev.longpin.base.Seam;
import dev.longpin.base.Step;
import dev.longpin.spi.Store;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file behind a {@link FileChannel}: works on every file system that Java has, and has none of
 * the {@linkplain Store.Feature features}.
 *
 * <p>There is no lock: Java's are per process, and closing any other descriptor of the file drops
 * them. A hole is written as zeros, and space is not reserved.
 *
 * <p>Interrupts: see {@link SteadyChannel}. Segments are native or of byte arrays; a segment of a
 * confined arena works until an interrupt meets a file that has lost its name.
 *
 * <p>Once the file has lost its name, {@link #stamp} knows its size only, and repeats the times.
 */
public class FileChannelStore implements Store {

  /** What one call to the channel moves at most, and so what an interrupt makes us repeat. */
  private static final long CHUNK_BYTES = 1 << 20;

  private static final long MIN_BLOCK_SIZE = 4096;
  private static final long MAX_BLOCK_SIZE = 2 << 20;

  private static final MemorySegment ZEROS = Arena.global().allocate(1 << 16).asReadOnly();

  private final Path path;
  private final OpenMode mode;
  private final Identity identity;
  private final int blockSize;
  private final SteadyChannel channel;
  private volatile Stamp lastStamp;

  /**
   * Makes a store of an open channel.
   *
   * @param inode what the channel is open on
   * @param anchor a second channel to the same file that {@link #sync} uses, and everything when
   *     {@link #reopen} fails; null if the subclass needs it for neither
   */
  protected FileChannelStore(
      Path path, OpenMode mode, Inode inode, FileChannel channel, @Nullable FileChannel anchor) {
    this.path = path;
    this.mode = mode;
    this.identity = inode.identity();
    this.lastStamp = inode.stamp();
    this.blockSize = blockSizeOf(path);
    this.channel = new SteadyChannel(channel, anchor);
  }

  /**
   * Opens a regular file.
   *
   * @throws StoreException if it can't be opened; nothing is open, and no file was made
   */
  public static Store open(Path path, OpenMode mode) throws StoreException {
    return Opening.open(path, mode, () -> openExisting(path, mode));
  }

  private static @Nullable Store openExisting(Path path, OpenMode mode) throws IOException {
    Inode before = Inode.of(path);
    FileChannel channel = openChannel(path, mode);
    FileChannel anchor = null;
    FileChannelStore store = null;
    try {
      anchor = openChannel(path, mode);
      if (Inode.of(path).identity().equals(before.identity())) {
        store = new FileChannelStore(path, mode, before, channel, anchor);
      }
      return store;
    } finally {
      if (store == null) {
        channel.close();
        if (anchor != null) {
          anchor.close();
        }
      }
    }
  }

  /** Opens a channel to a file that exists, as {@code mode} demands. */
  protected static FileChannel openChannel(Path path, OpenMode mode) throws IOException {
    Set<OpenOption> options =
        mode.writes()
            ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE)
            : Set.of(StandardOpenOption.READ);
    return FileChannel.open(path, options);
  }

  private static int blockSizeOf(Path path) {
    long size;
    try {
      size = Files.getFileStore(path).getBlockSize();
    } catch (IOException | UnsupportedOperationException e) {
      size = MIN_BLOCK_SIZE; // not every file system says; the unit is advice, and 4 KiB is usual
    }
    return (int) Long.highestOneBit(Math.clamp(size, MIN_BLOCK_SIZE, MAX_BLOCK_SIZE));
  }

  @Override
  public final Path path() {
    return path;
  }

  @Override
  public final Identity identity() {
    return identity;
  }

  @Override
  public Set<Feature> features() {
    return EnumSet.noneOf(Feature.class);
  }

  @Override
  public final int blockSize() {
    return blockSize;
  }

  /** Returns the mode that the file was opened in. */
  protected final OpenMode mode() {
    return mode;
  }

  /**
   * Opens the channel again after an interrupt closed it.
   *
   * @throws IOException if the file can't be reached any more, or the path names another
   */
  protected FileChannel reopen() throws IOException {
    FileChannel reopened = openChannel(path, mode);
    boolean same = false;
    try {
      same = Inode.of(path).identity().equals(identity);
    } finally {
      if (!same) {
        reopened.close();
      }
    }
    if (!same) {
      throw new NoSuchFileException(path.toString(), null, "it names another file now");
    }
    return reopened;
  }

  /** Looks at the open file; null if it has lost its name. */
  protected @Nullable Inode look() throws IOException {
    try {
      Inode inode = Inode.of(path);
      return inode.identity().equals(identity) ? inode : null;
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /** Returns which kind of failure {@code cause} is. */
  protected Kind kindOf(IOException cause) {
    return StoreErrors.kind(cause);
  }

  /** Makes the exception for a failed operation. */
  protected final StoreException failed(String operation, IOException cause) {
    return cause instanceof StoreException typed
        ? typed
        : StoreErrors.failed(kindOf(cause), operation, path, StoreErrors.reason(cause), cause);
  }

  @Override
  public final Stamp stamp() throws StoreException {
    Seam.step(Step.OUTSIDE, this, 0);
    try {
      Inode inode = look();
      if (inode == null) {
        Stamp last = lastStamp;
        return new Stamp(sizeBytes(), last.modifiedNanos(), last.changedNanos());
      }
      lastStamp = inode.stamp();
      return inode.stamp();
    } catch (IOException e) {
      throw failed("looking at the size and the times", e);
    }
  }

  @Override
  public final long read(MemorySegment target, long offset) throws StoreException {
    Checks.range(offset, target.byteSize());
    long done = 0;
    try {
      while (done < target.byteSize()) {
        ByteBuffer chunk = chunk(target, done);
        long at = offset + done;
        long moved = call(open -> open.read(chunk.duplicate(), at));
        if (moved < 0) {
          break;
        }
        done += moved;
      }
    } catch (IOException e) {
      throw failed("read of " + range(offset, target.byteSize()), e);
    }
    return done;
  }

  @Override
  public final void write(MemorySegment source, long offset) throws StoreException {
    Checks.range(offset, source.byteSize());
    String operation = "write";
    requireWritable(operation);
    try {
      writeFully(source, offset);
    } catch (IOException e) {
      throw failed(operation + " of " + range(offset, source.byteSize()), e);
    }
  }

  private void writeFully(MemorySegment source, long offset) throws IOException {
    long done = 0;
    while (done < source.byteSize()) {
      ByteBuffer chunk = chunk(source, done);
      long at = offset + done;
      done += call(open -> open.write(chunk.duplicate(), at));
    }
  }

  private static ByteBuffer chunk(MemorySegment segment, long done) {
    long length = Math.min(CHUNK_BYTES, segment.byteSize() - done);
    return segment.asSlice(done, length).asByteBuffer();
  }

  private long call(SteadyChannel.Operation operation) throws IOException {
    Seam.step(Step.OUTSIDE, this, 0);
    return channel.call(operation, this::reopen);
  }

  private long sizeBytes() throws IOException {
    return call(FileChannel::size);
  }

  @Override
  public void sync() throws StoreException {
    Seam.step(Step.OUTSIDE, this, 0);
    try {
      channel.callOnAnchor(open -> {
        open.force(false);
        return 0;
      });
    } catch (IOException e) {
      throw failed("fdatasync", e);
    }
  }

  @Override
  public void truncate(long sizeBytes) throws StoreException {
    Checks.range(sizeBytes, 0);
    requireWritable("truncate");
    try {
      if (sizeBytes() < sizeBytes) {
        call(open -> grow(open, sizeBytes));
      } else {
        call(open -> open.truncate(sizeBytes).size());
      }
    } catch (IOException e) {
      throw failed("truncate to " + sizeBytes + " bytes", e);
    }
  }

  /**
   * Makes the file larger without writing to it, which could hit what another thread has just
   * written there: FileChannel grows a file only for a mapping.
   */
  private static long grow(FileChannel channel, long sizeBytes) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return channel.map(MapMode.READ_WRITE, sizeBytes - 1, 1, arena).byteSize();
    }
  }

  @Override
  public void punchHole(long offset, long lengthBytes) throws StoreException {
    Checks.range(offset, lengthBytes);
    requireWritable("punch");
    try {
      long end = Math.min(offset + lengthBytes, sizeBytes());
      for (long at = offset; at < end; at += ZEROS.byteSize()) {
        writeFully(ZEROS.asSlice(0, Math.min(ZEROS.byteSize(), end - at)), at);
      }
    } catch (IOException e) {
      throw failed("zeroing of " + range(offset, lengthBytes), e);
    }
  }

  @Override
  public void reserve(long offset, long lengthBytes) throws StoreException {
    Checks.range(offset, lengthBytes);
    requireWritable("reserve");
  }

  @Override
  public long nextData(long offset) throws StoreException {
    Checks.range(offset, 0);
    try {
      return Math.min(offset, sizeBytes());
    } catch (IOException e) {
      throw failed("looking at the size", e);
    }
  }

  @Override
  public final void delete() throws StoreException {
    Seam.step(Step.OUTSIDE, this, 0);
    Inode named;
    try {
      named = Inode.of(path);
      if (named.identity().equals(identity)) {
        Files.deleteIfExists(path);
        return;
      }
    } catch (NoSuchFileException e) {
      return; // the name is gone already
    } catch (IOException e) {
      throw failed("delete", e);
    }
    throw StoreErrors.failed(
        Kind.NOT_FOUND, "delete", path, "it names another file now, which was left alone", null);
  }

  @Override
  public void close() throws StoreException {
    Seam.step(Step.OUTSIDE, this, 0);
    try {
      channel.close();
    } catch (IOException e) {
      throw failed("close", e);
    }
  }

  /** Writes a range for a message. */
  protected static String range(long offset, long lengthBytes) {
    return "bytes [" + offset + ", " + (offset + lengthBytes) + ")";
  }

  /**
   * Checks that the file was opened for writing.
   *
   * @throws IllegalStateException if not
   */
  protected final void requireWritable(String operation) {
    if (!mode.writes()) {
      throw new IllegalStateException(operation + " of " + path + ", which was opened with READ");
    }
  }
}
