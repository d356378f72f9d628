package dev.longpin.linux;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.api.StoreException.Kind;
import dev.longpin.base.Checks;
import dev.longpin.base.Seam;
import dev.longpin.base.Step;
import dev.longpin.linux.sys.Descriptor;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.Libc;
import dev.longpin.spi.Store;
import dev.longpin.store.FileChannelStore;
import dev.longpin.store.Inode;
import dev.longpin.store.Opening;
import dev.longpin.store.StoreErrors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file on Linux. Its data moves through a FileChannel; everything else goes through the
 * <em>master</em>, a descriptor that no interrupt closes and that lives as long as the store. The
 * channel is opened again through the master's entry in /proc, so the file may be renamed or lose
 * its name.
 *
 * <p>The master stays for {@link #sync} too: a writeback error is reported once to each descriptor
 * that was open when it happened, and to one opened later only if no one saw it before (I3).
 *
 * <p>A feature that the file system turns out to lack is off from then on. Space can't be reserved
 * on copy-on-write file systems, whatever they answer: an overwrite needs new space there.
 */
final class LinuxStore extends FileChannelStore {

  /** What reading and writing may fail with, other than an error of the device. */
  private static final Set<Errno> EXPECTED =
      EnumSet.of(Errno.ENOSPC, Errno.EDQUOT, Errno.EFBIG, Errno.EPERM, Errno.EACCES, Errno.EROFS);

  private static final Set<String> COPY_ON_WRITE =
      Set.of("btrfs", "bcachefs", "zfs", "nilfs2", "fuse.zfs");

  /** Those that take O_DIRECT and copy all the same. */
  private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

  private static final int SECTOR = 512;

  private final Libc libc;
  private final Descriptor master;
  private final FileLocks.@Nullable Lease lock;
  private volatile boolean reserves;

  /** Blocks shared with another file (a reflink) need new space when they are overwritten. */
  private volatile boolean unshares = true;

  private volatile boolean punches;
  private volatile boolean seeks = true;

  private LinuxStore(
      Path path,
      OpenMode mode,
      Inode inode,
      FileChannel channel,
      Libc libc,
      Descriptor master,
      FileLocks.@Nullable Lease lock) {
    super(path, mode, inode, channel, null);
    this.libc = libc;
    this.master = master;
    this.lock = lock;
    this.punches = mode.writes();
    this.reserves = mode.writes() && !COPY_ON_WRITE.contains(fileSystem(path));
  }

  /** Returns the file system's name; an empty one if the mount isn't listed (some containers). */
  private static String fileSystem(Path path) {
    try {
      return Files.getFileStore(path).type().toLowerCase(Locale.ROOT);
    } catch (IOException e) {
      return ""; // the first use tells
    }
  }

  /**
   * Opens and locks a regular file.
   *
   * @throws StoreException if it can't be; nothing is open, and no file was made
   */
  static Store open(Libc libc, FileLocks locks, Path path, OpenMode mode) throws StoreException {
    return Opening.open(path, mode, () -> openExisting(libc, locks, path, mode));
  }

  private static @Nullable Store openExisting(Libc libc, FileLocks locks, Path path, OpenMode mode)
      throws IOException {
    int number = openMaster(libc, path, mode);
    Descriptor master = new Descriptor(libc, number);
    FileLocks.Lease lock = null;
    Store store = null;
    try {
      Path alias = Descriptor.alias(number);
      Inode inode = Inode.of(alias);
      if (!inode.isRegular()) {
        throw StoreErrors.failed(Kind.NOT_A_FILE, "open", path, "it became something else", null);
      }
      lock = locks.acquire(inode.identity(), number, mode.writes(), path);
      // Whoever made this file may have removed it before we had the lock.
      if (Inode.of(path).identity().equals(inode.identity())) {
        FileChannel channel = openChannel(alias, mode);
        store = new LinuxStore(path, mode, inode, channel, libc, master, lock);
      }
      return store;
    } finally {
      if (store == null) {
        if (lock != null) {
          lock.release();
        }
        master.close();
      }
    }
  }

  /** Without blocking, should the path name a pipe by now. */
  private static int openMaster(Libc libc, Path path, OpenMode mode) throws IOException {
    int flags = (mode.writes() ? Libc.O_RDWR : Libc.O_RDONLY) | Libc.O_CLOEXEC | Libc.O_NONBLOCK;
    int result = libc.open(bytes(path), flags);
    if (Errno.ENOENT.is(result)) {
      throw new NoSuchFileException(path.toString());
    }
    if (result < 0) {
      throw StoreErrors.failed(
          Errno.kind(result), "open for " + mode, path, Errno.describe(result), null);
    }
    return result;
  }

  /**
   * Returns the bytes of a name; a String of it loses those that aren't in the locale's charset.
   */
  private static byte[] bytes(Path path) {
    String uri = path.toUri().getRawPath();
    ByteBuffer bytes = ByteBuffer.allocate(uri.length());
    for (int i = 0; i < uri.length(); i++) {
      char c = uri.charAt(i);
      if (c == '%') {
        bytes.put((byte) Integer.parseInt(uri, i + 1, i + 3, 16));
        i += 2;
      } else {
        bytes.put((byte) c);
      }
    }
    byte[] exact = new byte[bytes.position()];
    bytes.flip().get(exact);
    return exact;
  }

  /**
   * Opens the file once more for a ring: past the kernel's page cache if the file system can do
   * that in units of its blocks that fit into a page.
   *
   * @param pageSize of the cache, in bytes
   */
  RingAccess openForRing(int pageSize) throws StoreException {
    Path alias = master.enter();
    try {
      byte[] name = alias.toString().getBytes(StandardCharsets.US_ASCII);
      int flags = (mode().writes() ? Libc.O_RDWR : Libc.O_RDONLY) | Libc.O_CLOEXEC;
      int alignment = directAlignment();
      if (alignment > 0 && alignment <= pageSize) {
        int descriptor = libc.open(name, flags | Libc.O_DIRECT);
        if (descriptor >= 0) {
          return new RingAccess(libc, descriptor, alignment, true, mode().writes());
        }
      }
      int descriptor = libc.open(name, flags);
      check(descriptor, "open once more for io_uring");
      return new RingAccess(libc, descriptor, 1, false, mode().writes());
    } finally {
      master.exit();
    }
  }

  /**
   * Returns what direct I/O has to be aligned to, or 0 if there is none. Whole blocks, though many
   * file systems take less: a part of a block would make the file system serialize or copy.
   */
  private int directAlignment() {
    long told = master.use(libc::directAlignment);
    boolean inMemory = IN_MEMORY.contains(fileSystem(path()));
    if (told == 0 || (told < 0 && inMemory)) {
      return 0;
    }
    return (int) Math.max(Math.max(told, SECTOR), blockSize());
  }

  @Override
  public Set<Feature> features() {
    Set<Feature> features = EnumSet.noneOf(Feature.class);
    if (lock != null) {
      features.add(Feature.LOCK);
    }
    if (reserves) {
      features.add(Feature.RESERVE);
    }
    if (punches) {
      features.add(Feature.PUNCH_HOLE);
    }
    if (seeks) {
      features.add(Feature.SEEK_HOLE);
    }
    return features;
  }

  @Override
  protected FileChannel reopen() throws IOException {
    Path alias = master.enter();
    try {
      return openChannel(alias, mode());
    } finally {
      master.exit();
    }
  }

  @Override
  protected Inode look() throws IOException {
    Path alias = master.enter();
    try {
      return Inode.of(alias);
    } finally {
      master.exit();
    }
  }

  /** Compares with the texts in the language of the process. */
  @Override
  protected Kind kindOf(IOException cause) {
    Kind kind = super.kindOf(cause);
    if (kind == Kind.IO) {
      String reason = StoreErrors.reason(cause);
      for (Errno errno : EXPECTED) {
        if (libc.strerror(errno).equals(reason)) {
          return errno.kind();
        }
      }
    }
    return kind;
  }

  @Override
  public void sync() throws StoreException {
    check(call(libc::fdatasync), "fdatasync");
  }

  @Override
  public void truncate(long sizeBytes) throws StoreException {
    Checks.range(sizeBytes, 0);
    requireWritable("truncate");
    check(call(fd -> libc.ftruncate(fd, sizeBytes)), "truncate to " + sizeBytes + " bytes");
  }

  @Override
  public void punchHole(long offset, long lengthBytes) throws StoreException {
    Checks.range(offset, lengthBytes);
    requireWritable("punch");
    if (lengthBytes == 0) {
      return;
    }
    if (punches) {
      int flags = Libc.FALLOC_FL_PUNCH_HOLE | Libc.FALLOC_FL_KEEP_SIZE;
      long result = call(fd -> libc.fallocate(fd, flags, offset, lengthBytes));
      if (!isUnsupported(result)) {
        check(result, "punch of " + range(offset, lengthBytes));
        return;
      }
      punches = false;
    }
    super.punchHole(offset, lengthBytes);
  }

  @Override
  public void reserve(long offset, long lengthBytes) throws StoreException {
    Checks.range(offset, lengthBytes);
    requireWritable("reserve");
    if (lengthBytes == 0 || !reserves) {
      return;
    }
    long result =
        unshares
            ? reserve(Libc.FALLOC_FL_UNSHARE_RANGE, offset, lengthBytes)
            : -Errno.EOPNOTSUPP.number();
    if (isUnsupported(result)) { // as on all that don't share blocks
      unshares = false;
      result = reserve(0, offset, lengthBytes);
    }
    if (isUnsupported(result)) {
      reserves = false;
    } else {
      check(result, "reserving space for " + range(offset, lengthBytes));
    }
  }

  private long reserve(int flags, long offset, long lengthBytes) {
    int all = flags | Libc.FALLOC_FL_KEEP_SIZE;
    return call(fd -> libc.fallocate(fd, all, offset, lengthBytes));
  }

  @Override
  public long nextData(long offset) throws StoreException {
    Checks.range(offset, 0);
    if (!seeks) {
      return super.nextData(offset);
    }
    long result = call(fd -> libc.lseek(fd, offset, Libc.SEEK_DATA));
    if (Errno.ENXIO.is(result)) {
      return stamp().sizeBytes();
    }
    if (isUnsupported(result) || Errno.EINVAL.is(result)) {
      seeks = false;
      return super.nextData(offset);
    }
    check(result, "search for data from byte " + offset);
    return result;
  }

  private long call(Descriptor.Call call) {
    Seam.step(Step.OUTSIDE, this, 0);
    return master.use(call);
  }

  private static boolean isUnsupported(long result) {
    return Errno.EOPNOTSUPP.is(result) || Errno.ENOSYS.is(result);
  }

  private void check(long result, String operation) throws StoreException {
    if (result < 0) {
      throw StoreErrors.failed(Errno.kind(result), operation, path(), Errno.describe(result), null);
    }
  }

  @Override
  public void close() throws StoreException {
    try {
      super.close();
    } finally {
      if (lock != null) {
        lock.release();
      }
      master.close();
    }
  }
}
