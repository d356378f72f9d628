package dev.longpin.linux;

import dev.longpin.api.StoreException;
import dev.longpin.base.Deadline;
import dev.longpin.base.LongCell;
import dev.longpin.base.Seam;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.uring.FrameRing;
import dev.longpin.linux.uring.UringFile;
import dev.longpin.spi.Store;
import dev.longpin.store.ForwardingStore;
import dev.longpin.store.StoreErrors;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * A file on Linux whose data moves by io_uring and past the kernel's page cache, as far as it is
 * aligned. The rest goes through the store below: a tail, memory elsewhere, and what the file
 * system refuses. The kernel keeps the two ways coherent: a direct read first writes back what is
 * cached, a direct write drops it.
 *
 * <p>A write is as long as what it was asked for, so never beyond the end of the file.
 */
final class UringStore extends ForwardingStore {

  private final Store below;
  private final FrameRing ring;
  private final RingAccess access;
  private final UringFile file;
  private final int alignment;
  private final boolean writable;
  private final LongCell closed = new LongCell(0);
  private volatile boolean refused;

  /**
   * Makes one.
   *
   * @param below the store of the same file for all the rest
   * @param access to the file, for this store alone
   */
  UringStore(Store below, FrameRing ring, RingAccess access) {
    super(below);
    this.below = below;
    this.ring = ring;
    this.access = access;
    this.file = ring.add(access.descriptor());
    this.alignment = access.alignment();
    this.writable = access.writable();
  }

  @Override
  public Set<Feature> features() {
    Set<Feature> features = EnumSet.noneOf(Feature.class);
    features.addAll(below.features());
    if (access.direct() && !refused) {
      features.add(Feature.DIRECT);
    }
    return features;
  }

  @Override
  public boolean isAsync() {
    return true;
  }

  /**
   * Returns how much of a transfer can go by the ring: a multiple of the alignment, or 0. What may
   * not be at all goes to the store below, which says so.
   */
  private long byRing(MemorySegment memory, long offset) {
    if (refused
        || closed.get() != 0
        || offset < 0
        || !memory.isNative()
        || ((memory.address() | offset) & alignment - 1) != 0) {
      return 0;
    }
    return memory.byteSize() & -alignment;
  }

  @Override
  public long read(MemorySegment target, long offset) throws StoreException {
    long length = byRing(target, offset);
    long done = 0;
    while (done < length) {
      int moved = ring.read(file, target.asSlice(done, length - done), offset + done);
      if (isRefusal(moved)) {
        break;
      }
      check(moved, "read", offset + done, length - done);
      done += moved;
      if (moved == 0 || (moved & alignment - 1) != 0) {
        return done; // the file ends here
      }
    }
    return done == target.byteSize() ? done : done + below.read(rest(target, done), offset + done);
  }

  @Override
  public boolean startRead(MemorySegment target, long offset, ReadEnd end) {
    long length = byRing(target, offset);
    if (length == 0 || length != target.byteSize()) {
      finish(target, offset, end);
      return true;
    }
    return ring.startRead(
        file,
        target,
        offset,
        moved -> {
          if (moved == length) {
            end.ended(length, null);
          } else {
            finish(target, offset, end);
          }
        });
  }

  @Override
  public boolean canStartRead() {
    return ring.hasRoom();
  }

  /** Reads all the way, on a thread that may wait: the end of the file, a refusal, an error. */
  private void finish(MemorySegment target, long offset, ReadEnd end) {
    Seam.startTask(
        "longpin-read",
        () -> {
          long bytesRead = 0;
          StoreException failure =
              StoreErrors.failed(StoreException.Kind.IO, "read", path(), "given up", null);
          try {
            bytesRead = read(target, offset);
            failure = null;
          } catch (StoreException e) {
            failure = e;
          } finally {
            end.ended(bytesRead, failure);
            ring.wake();
          }
        });
  }

  @Override
  public boolean awaitEnd(BooleanSupplier done, Deadline deadline) throws InterruptedException {
    return ring.await(done, deadline);
  }

  @Override
  public void write(MemorySegment source, long offset) throws StoreException {
    long length = writable ? byRing(source, offset) : 0;
    long done = 0;
    while (done < length) {
      int moved = ring.write(file, source.asSlice(done, length - done), offset + done);
      if (isRefusal(moved)) {
        break;
      }
      check(moved, "write", offset + done, length - done);
      done += moved;
      if (moved == 0 || (moved & alignment - 1) != 0) {
        break; // the rest, to learn why
      }
    }
    if (done < source.byteSize()) {
      below.write(rest(source, done), offset + done);
    }
  }

  private static MemorySegment rest(MemorySegment memory, long done) {
    return done == 0 ? memory : memory.asSlice(done);
  }

  /** The file system refuses this, and so the next ones: from here on all goes below. */
  private boolean isRefusal(int result) {
    if (Errno.EINVAL.is(result) || Errno.EOPNOTSUPP.is(result)) {
      refused = true;
      return true;
    }
    return false;
  }

  private void check(int result, String operation, long offset, long length) throws StoreException {
    if (result < 0) {
      String what = operation + " of [" + offset + ", " + (offset + length) + ")";
      throw StoreErrors.failed(Errno.kind(result), what, path(), Errno.describe(result), null);
    }
  }

  @Override
  public void close() throws StoreException {
    if (closed.compareAndSet(0, 1)) {
      ring.remove(file);
      access.close();
      below.close();
    }
  }
}
