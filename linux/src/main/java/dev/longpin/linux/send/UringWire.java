package dev.longpin.linux.send;

import dev.longpin.api.PinnedMemory;
import dev.longpin.base.Deadline;
import dev.longpin.base.LongCell;
import dev.longpin.base.Seam;
import dev.longpin.linux.send.SendResult.End;
import dev.longpin.linux.sys.Downcalls;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.SystemCalls;
import dev.longpin.linux.uring.SendRequest;
import dev.longpin.linux.uring.SendRing;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A connection that takes pages without a copy. It has a ring of its own: a receiver that stalls
 * keeps its requests under way for as long as it likes, and must not use up anyone else's.
 */
final class UringWire implements Wire {

  /** How many requests may be waiting for their notification. */
  private static final int WINDOW = 32;

  private final SystemCalls calls;
  private final int descriptor;
  private final SendRing ring;
  private final LongCell sends = new LongCell(0);
  private final LongCell copied = new LongCell(0);

  /** The calls that use the descriptor, and one more until {@link #close}. */
  private final LongCell uses = new LongCell(1);

  private final LongCell closed = new LongCell(0);
  private volatile boolean isReset;

  private UringWire(SystemCalls calls, int descriptor, SendRing ring) {
    this.calls = calls;
    this.descriptor = descriptor;
    this.ring = ring;
  }

  /** Connects; null if this system can't send without a copy. */
  static @Nullable UringWire tryConnect(InetSocketAddress receiver, Duration timeout)
      throws IOException {
    if (receiver.isUnresolved()) {
      throw new IOException(receiver + ": no such host");
    }
    SystemCalls calls;
    try {
      calls = SystemCalls.find(Downcalls.system());
    } catch (RuntimeException | LinkageError e) {
      return null;
    }
    SendRing ring = SendRing.tryOpen(calls, 2 * WINDOW);
    if (ring == null) {
      return null;
    }
    int descriptor = calls.sockets().socket(receiver.getAddress());
    int result = descriptor;
    if (descriptor >= 0) {
      result = calls.sockets().connect(descriptor, receiver, timeout);
    }
    if (result < 0) {
      if (descriptor >= 0) {
        calls.files().close(descriptor);
      }
      ring.close();
      throw new IOException(
          "connection to "
              + receiver
              + ": "
              + (Errno.EINPROGRESS.is(result)
                  ? "none within " + timeout.toMillis() + " ms"
                  : Errno.describe(result)));
    }
    return new UringWire(calls, descriptor, ring);
  }

  @Override
  public SendResult send(
      MemorySegment header, PinnedMemory pinned, Deadline deadline, Quiesced quiesced)
      throws InterruptedException {
    ArrayDeque<SendRequest> underWay = new ArrayDeque<>();
    boolean settled = false;
    if (!enter()) {
      quiesced.quiesced();
      return new SendResult(End.RESET, 0);
    }
    try {
      SendResult result = send(header, pinned, deadline, underWay);
      settled = result.end() != End.TIMED_OUT;
      return result;
    } finally {
      if (settled) {
        quiesced.quiesced();
        exit();
      } else {
        reset();
        Seam.startTask("longpin-send-end", () -> end(underWay, quiesced));
      }
    }
  }

  /** What the kernel still has stays pinned until it says that it is done. */
  private void end(ArrayDeque<SendRequest> underWay, Quiesced quiesced) {
    try {
      underWay.forEach(ring::cancelAndAwait);
    } finally {
      quiesced.quiesced();
      exit();
    }
  }

  private SendResult send(
      MemorySegment header,
      PinnedMemory pinned,
      Deadline deadline,
      ArrayDeque<SendRequest> underWay)
      throws InterruptedException {
    long sent = 0;
    // Of our own for as long as the kernel may want it: the requests keep it.
    MemorySegment copy = Arena.ofAuto().allocate(Math.max(1, header.byteSize()));
    MemorySegment.copy(header, 0, copy, 0, header.byteSize());
    Piece piece = sendAll(copy.asSlice(0, header.byteSize()), deadline, underWay);
    for (int i = 0; i < pinned.segmentCount() && piece.end == End.SENT; i++) {
      piece = sendAll(pinned.unsafeSegment(i), deadline, underWay);
      sent += piece.bytes;
    }
    End end = piece.end;
    if (end == End.RESET) {
      reset();
    }
    if (end != End.TIMED_OUT && !await(underWay, 0, deadline)) {
      end = End.TIMED_OUT;
    }
    if (end == End.SENT && isReset) {
      end = End.RESET; // what was taken may never have been received
    }
    return new SendResult(end, sent);
  }

  /** What came of one piece of memory. */
  private record Piece(End end, long bytes) {}

  /** Sends one piece of memory; the connection may take it in parts. */
  private Piece sendAll(MemorySegment memory, Deadline deadline, ArrayDeque<SendRequest> underWay)
      throws InterruptedException {
    long at = 0;
    boolean copying = false;
    while (at < memory.byteSize()) {
      if (isReset) {
        return new Piece(End.RESET, at);
      }
      if (!await(underWay, WINDOW - 1, deadline)) {
        return new Piece(End.TIMED_OUT, at);
      }
      SendRequest request = start(memory.asSlice(at), copying);
      underWay.add(request);
      if (!ring.await(request::isAnswered, deadline)) {
        return new Piece(End.TIMED_OUT, at);
      }
      int result = request.result();
      if (result > 0) {
        at += result;
      } else if (!copying && (Errno.ENOBUFS.is(result) || Errno.ENOMEM.is(result))) {
        copying = true; // the memlock limit has no room for what is not registered
      } else if (isReset || !isToBeTriedAgain(result)) {
        return new Piece(End.RESET, at);
      }
    }
    return new Piece(End.SENT, at);
  }

  private SendRequest start(MemorySegment memory, boolean copying) {
    if (copying) {
      return ring.sendCopying(descriptor, memory);
    }
    sends.add(1);
    return ring.send(descriptor, memory, this::noteEnd);
  }

  /** The kernel cancels what a thread had under way when that ends, a carrier perhaps. */
  private static boolean isToBeTriedAgain(int result) {
    return Errno.ECANCELED.is(result) || Errno.EINTR.is(result) || Errno.EAGAIN.is(result);
  }

  private void noteEnd(boolean wasCopied) {
    if (wasCopied) {
      copied.add(1);
    }
  }

  /** Waits until no more than {@code left} are under way; false if the deadline passed first. */
  private boolean await(ArrayDeque<SendRequest> underWay, int left, Deadline deadline)
      throws InterruptedException {
    while (underWay.size() > left) {
      SendRequest oldest = underWay.getFirst();
      if (!ring.await(oldest::isFinished, deadline)) {
        return false;
      }
      underWay.removeFirst();
    }
    return true;
  }

  @Override
  public void reset() {
    if (enter()) {
      isReset = true;
      calls.sockets().reset(descriptor);
      exit();
    }
  }

  private boolean enter() {
    while (true) {
      long now = uses.get();
      if (now == 0 || closed.get() != 0) {
        return false;
      }
      if (uses.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  private void exit() {
    if (uses.add(-1) == 0) {
      calls.files().close(descriptor);
      ring.close();
    }
  }

  @Override
  public void close() {
    reset();
    if (closed.compareAndSet(0, 1)) {
      exit();
    }
  }

  /** Returns whether the kernel has nothing of any send. */
  boolean isIdle() {
    return ring.isIdle();
  }

  @Override
  public long sends() {
    return sends.get();
  }

  @Override
  public long copied() {
    return copied.get();
  }

  @Override
  public boolean isZeroCopy() {
    return true;
  }
}
