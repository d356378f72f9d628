package dev.longpin.linux.uring;

import dev.longpin.base.Deadline;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.SystemCalls;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A ring for one region of frames, which are registered with it if the kernel lets us. */
public final class FrameRing {

  /** How many requests can be under way. More than a disk takes, less than a megabyte of rings. */
  private static final int ENTRIES = 256;

  private static final int MAX_LENGTH = 1 << 30;

  private static final Duration SOON = Duration.ofSeconds(1);

  /** Those that have registered their region. */
  private static final Mutex OPEN_LOCK = new Mutex(LockRank.STORE);

  private static final List<FrameRing> OPEN = new ArrayList<>();

  private final Ring ring;
  private final MemorySegment region;
  private final long blockBytes;
  private volatile RegisteredBuffers buffers = RegisteredBuffers.none();
  private final RegisteredFiles files;

  /** Those that have a clone of the registration; under {@link #OPEN_LOCK}. */
  private final Set<SendRing> senders = new HashSet<>();

  private FrameRing(Ring ring, MemorySegment region, long blockBytes) {
    this.ring = ring;
    this.region = region;
    this.blockBytes = blockBytes;
    this.files = new RegisteredFiles(ring);
  }

  /** A ring, or why there is none. */
  public record Result(@Nullable FrameRing ring, String problem) {}

  /**
   * Makes a ring, and checks that the kernel's io_uring is the one we know. Nothing is registered
   * yet.
   *
   * @param blockBytes what of the region comes and goes together
   */
  public static Result open(SystemCalls calls, MemorySegment region, long blockBytes) {
    Ring.Result made = Ring.create(calls, ENTRIES);
    Ring ring = made.ring();
    if (ring == null) {
      String hint = Errno.ENOMEM.is(made.error()) ? ", or the memlock limit is too small" : "";
      return new Result(null, "io_uring_setup: " + Errno.describe(made.error()) + hint);
    }
    String problem = UringCheck.problem(calls, ring);
    if (!problem.isEmpty()) {
      ring.close();
      return new Result(null, problem);
    }
    FrameRing frames = new FrameRing(ring, region, blockBytes);
    frames.announce();
    return new Result(frames, "");
  }

  /** Registers blocks of the region, which are populated; the kernel may refuse. */
  public void register(long offset, long lengthBytes) {
    if (lengthBytes == region.byteSize()) {
      buffers = RegisteredBuffers.register(ring, region);
      return;
    }
    if (!buffers.covers(region.address(), 1)) {
      buffers = RegisteredBuffers.reserve(ring, region, blockBytes);
    }
    buffers.add(ring, offset, lengthBytes);
  }

  /** The kernel lets go of blocks of the region, of which nobody has anything. */
  public void unregister(long offset, long lengthBytes) {
    buffers.remove(ring, offset, lengthBytes);
    List<SendRing> told;
    OPEN_LOCK.lock();
    try {
      told = List.copyOf(senders);
    } finally {
      OPEN_LOCK.unlock();
    }
    told.forEach(sender -> sender.forget(this, offset, lengthBytes));
  }

  private void announce() {
    OPEN_LOCK.lock();
    try {
      OPEN.add(this);
    } finally {
      OPEN_LOCK.unlock();
    }
  }

  /**
   * Returns the ring that has memory at an address registered, or null.
   *
   * @param sender is told to {@linkplain SendRing#forget forget} it when it closes
   */
  static @Nullable FrameRing owning(long address, SendRing sender) {
    OPEN_LOCK.lock();
    try {
      for (FrameRing ring : OPEN) {
        if (ring.buffers.covers(address, 1)) {
          ring.senders.add(sender);
          return ring;
        }
      }
      return null;
    } finally {
      OPEN_LOCK.unlock();
    }
  }

  /** No ring has to tell a sender of anything any more. */
  static void forget(SendRing sender) {
    OPEN_LOCK.lock();
    try {
      OPEN.forEach(ring -> ring.senders.remove(sender));
    } finally {
      OPEN_LOCK.unlock();
    }
  }

  /** Returns the index of the registered buffer that has all of a piece of memory, or -1. */
  int indexOf(MemorySegment memory) {
    return buffers.indexOf(memory.address(), memory.byteSize());
  }

  /** Registers the region with another ring as well; not at all if the kernel can't. */
  RegisteredBuffers cloneBuffersTo(Ring other) {
    return buffers.cloneTo(ring, other);
  }

  /** Returns how much of the region is registered. */
  public long registeredBytes() {
    return buffers.bytes();
  }

  /** Returns the negated error number for which the region could not be registered, or 0. */
  public int registrationError() {
    return buffers.error();
  }

  /** Makes a file known to the ring. */
  public UringFile add(int descriptor) {
    return files.add(descriptor);
  }

  /** Forgets a file that no request is under way for. */
  public void remove(UringFile file) {
    files.remove(file);
  }

  /** Reads, and waits for it; returns the number of bytes or the negated error number. */
  public int read(UringFile file, MemorySegment target, long offset) {
    return transfer(UringAbi.OP_READ, UringAbi.OP_READ_FIXED, file, target, offset);
  }

  /** Writes, and waits for it; returns the number of bytes or the negated error number. */
  public int write(UringFile file, MemorySegment source, long offset) {
    return transfer(UringAbi.OP_WRITE, UringAbi.OP_WRITE_FIXED, file, source, offset);
  }

  private int transfer(byte plain, byte fixed, UringFile file, MemorySegment memory, long offset) {
    while (true) {
      RingRequest request = request(plain, fixed, file, memory, offset, null);
      ring.submit(request, false);
      ring.awaitUninterruptibly(request::isFinished);
      int result = request.result();
      // The kernel cancels what a thread had under way when that ends, a carrier perhaps.
      if (!Errno.ECANCELED.is(result) && !Errno.EINTR.is(result) && !Errno.EAGAIN.is(result)) {
        return result;
      }
    }
  }

  /**
   * Starts a read, which may go to the kernel a little later, with others.
   *
   * @return false if there is no room for it now
   */
  public boolean startRead(UringFile file, MemorySegment target, long offset, RingRequest.End end) {
    return ring.trySubmit(
        request(UringAbi.OP_READ, UringAbi.OP_READ_FIXED, file, target, offset, end), true);
  }

  /** Returns whether there is room for another request now. */
  public boolean hasRoom() {
    return ring.hasRoom();
  }

  /** Lets those who wait look again: what they wait for came about without the ring. */
  public void wake() {
    try {
      boolean _ = ring.trySubmit(RingRequest.plain(UringAbi.OP_NOP, UringFile.NONE, 0), false);
    } catch (IllegalStateException e) {
      // It was closed by what came about: nobody waits.
    }
  }

  private RingRequest request(
      byte plain,
      byte fixed,
      UringFile file,
      MemorySegment memory,
      long offset,
      RingRequest.@Nullable End end) {
    MemorySegment part = memory.byteSize() <= MAX_LENGTH ? memory : memory.asSlice(0, MAX_LENGTH);
    int buffer = indexOf(part);
    return new RingRequest(
        buffer < 0 ? plain : fixed, file, offset, part, Math.max(0, buffer), (short) 0, end);
  }

  /** Waits for what a completion brings about; false if the deadline passed first. */
  public boolean await(BooleanSupplier done, Deadline deadline) throws InterruptedException {
    return ring.await(done, deadline);
  }

  /**
   * Ends the ring; the kernel lets go of the region before this returns.
   *
   * @throws IllegalStateException if requests are under way: nothing has changed
   */
  public void close() {
    // A wake may be under way still, which is answered at once.
    Deadline soon = Deadline.after(SOON);
    ring.awaitUninterruptibly(() -> !ring.isBusy() || soon.passed());
    if (ring.isBusy()) {
      throw new IllegalStateException("requests are under way");
    }
    List<SendRing> told;
    OPEN_LOCK.lock();
    try {
      OPEN.remove(this);
      told = List.copyOf(senders);
      senders.clear();
    } finally {
      OPEN_LOCK.unlock();
    }
    told.forEach(sender -> sender.forget(this));
    // Not left to the end of the descriptor, which comes later and counts until then.
    buffers.unregister(ring);
    ring.close();
  }
}
