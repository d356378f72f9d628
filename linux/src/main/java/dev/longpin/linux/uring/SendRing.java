package dev.longpin.linux.uring;

import dev.longpin.base.Deadline;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.linux.sys.SystemCalls;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A ring for one connection. Frames that another ring has registered are registered here too, by a
 * clone of its table, which pins no page anew.
 */
public final class SendRing {

  private final Ring ring;
  private final Mutex lock = new Mutex(LockRank.STORE);
  // Under the lock:
  private @Nullable FrameRing cloned;
  private RegisteredBuffers buffers = RegisteredBuffers.none();

  private SendRing(Ring ring) {
    this.ring = ring;
  }

  /** Makes one; null if this kernel can't send without a copy. */
  public static @Nullable SendRing tryOpen(SystemCalls calls, int entries) {
    Ring ring = Ring.create(calls, entries).ring();
    if (ring == null) {
      return null;
    }
    if (!UringCheck.problem(calls, ring).isEmpty()
        || !UringCheck.supports(ring, UringAbi.OP_SEND_ZC)) {
      ring.close();
      return null;
    }
    return new SendRing(ring);
  }

  /** Starts a send that copies: it is over with its result. */
  public SendRequest sendCopying(int descriptor, MemorySegment memory) {
    RingRequest request =
        new RingRequest(
            UringAbi.OP_SEND,
            new UringFile(descriptor, false),
            0,
            memory.asSlice(0, Math.min(memory.byteSize(), Integer.MAX_VALUE)),
            0,
            (short) 0,
            null);
    ring.submit(request, false);
    return new SendRequest(request);
  }

  /** Starts a send without a copy; by one thread at a time. */
  public SendRequest send(int descriptor, MemorySegment memory, SendRequest.End end) {
    int buffer = bufferOf(memory);
    int flags = UringAbi.SEND_ZC_REPORT_USAGE | (buffer < 0 ? 0 : UringAbi.SEND_FIXED_BUFFER);
    RingRequest request =
        new RingRequest(
            UringAbi.OP_SEND_ZC,
            new UringFile(descriptor, false),
            0,
            memory.asSlice(0, Math.min(memory.byteSize(), Integer.MAX_VALUE)),
            Math.max(0, buffer),
            (short) flags,
            null);
    request.whenNotified(result -> end.ended((result & UringAbi.NOTIFICATION_COPIED) != 0));
    ring.submit(request, false);
    return new SendRequest(request);
  }

  /** The memory is pinned for this send, so the ring that has registered it is not closed. */
  private int bufferOf(MemorySegment memory) {
    FrameRing owner = FrameRing.owning(memory.address(), this);
    lock.lock();
    try {
      boolean isBehind =
          owner != null
              && owner.indexOf(memory) >= 0
              && buffers.indexOf(memory.address(), memory.byteSize()) < 0
              && isIdle(); // a block was added
      if (owner != cloned || isBehind) {
        forget();
        buffers = owner == null ? RegisteredBuffers.none() : owner.cloneBuffersTo(ring);
        cloned = owner;
      }
      return buffers.indexOf(memory.address(), memory.byteSize());
    } finally {
      lock.unlock();
    }
  }

  /**
   * The memory of {@code owner} goes, and nothing of it is being sent: the kernel lets go of it.
   */
  void forget(FrameRing owner) {
    lock.lock();
    try {
      if (cloned == owner) {
        forget();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Likewise for a part of it. */
  void forget(FrameRing owner, long offset, long lengthBytes) {
    lock.lock();
    try {
      if (cloned == owner && buffers.bytes() > 0) {
        buffers.remove(ring, offset, lengthBytes);
      }
    } finally {
      lock.unlock();
    }
  }

  private void forget() {
    buffers.unregister(ring);
    buffers = RegisteredBuffers.none();
    cloned = null;
  }

  /** Returns whether nothing is under way. */
  public boolean isIdle() {
    return !ring.isBusy();
  }

  /** Asks the kernel to end a send early, and waits until it has. */
  public void cancelAndAwait(SendRequest request) {
    ring.cancelAndAwait(request.request());
  }

  /** Waits for what a completion brings about; false if the deadline passed first. */
  public boolean await(BooleanSupplier done, Deadline deadline) throws InterruptedException {
    return ring.await(done, deadline);
  }

  /** The same, whatever interrupts come. */
  public void awaitUninterruptibly(BooleanSupplier done) {
    ring.awaitUninterruptibly(done);
  }

  /** Ends the ring; nothing is under way. */
  public void close() {
    FrameRing.forget(this);
    ring.close();
  }
}
