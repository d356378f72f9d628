package dev.longpin.linux.uring;

import dev.longpin.base.Deadline;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.base.Seam;
import dev.longpin.base.Step;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.SystemCalls;
import dev.longpin.linux.sys.UringCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An io_uring that any number of threads use.
 *
 * <p><b>Submission</b>: a thread writes its entry under the lock. It is given to the kernel at
 * once, or, if the caller has more to come, together with those that follow: with the {@value
 * #BATCH}th, with the next wait of anyone, or {@linkplain Reaping#TICK soon} after. Small batches
 * on purpose: the kernel issues all of a batch before it returns, while the disk is idle.
 *
 * <p><b>Completion</b>: {@link Reaping}.
 *
 * <p>There are never more requests under way than submission entries, nor than half the completion
 * entries (a zero-copy send has two), so none is lost. A request can't be given up by its caller:
 * the kernel has its memory until it answers.
 */
public final class Ring implements AutoCloseable, Reaping.Source {

  private static final int BATCH = 4;

  private final SystemCalls calls;
  private final int ring;
  private final RingMemory memory;
  private final Reaping reaping = new Reaping(this);

  // Used by the leader alone:
  private final Arena leaderArena = Arena.ofShared();
  private final MemorySegment leaderErrno = UringCalls.errnoPlace(leaderArena);
  private final MemorySegment timespec = leaderArena.allocate(UringAbi.TIMESPEC);
  private final MemorySegment waitArgument = leaderArena.allocate(UringAbi.GETEVENTS_ARG);

  private final Mutex lock = new Mutex(LockRank.STORE);
  // Under the lock:
  private final @Nullable RingRequest[] underWay;
  private final int[] freeSlots;
  private int generation;
  private int tail;
  private int unsubmitted;
  private boolean closed;

  private volatile int freeSlotCount;

  private Ring(SystemCalls calls, int ring, RingMemory memory) {
    this.calls = calls;
    this.ring = ring;
    this.memory = memory;
    underWay = new @Nullable RingRequest[memory.entries()];
    freeSlots = new int[memory.entries()];
    for (int i = 0; i < freeSlots.length; i++) {
      freeSlots[i] = freeSlots.length - 1 - i;
    }
    freeSlotCount = freeSlots.length;
    waitArgument.set(ValueLayout.JAVA_LONG, UringAbi.GETEVENTS_ARG_TS, timespec.address());
  }

  /** A ring, or the negated error number for which there is none. */
  public record Result(@Nullable Ring ring, int error) {}

  /**
   * Makes a ring and starts its thread.
   *
   * @param entries how many requests can be under way, a power of two
   */
  public static Result create(SystemCalls calls, int entries) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment params = arena.allocate(UringAbi.PARAMS);
      params.set(
          ValueLayout.JAVA_INT,
          UringAbi.PARAMS_FLAGS,
          UringAbi.SETUP_CQSIZE | UringAbi.SETUP_SUBMIT_ALL);
      params.set(ValueLayout.JAVA_INT, UringAbi.PARAMS_CQ_ENTRIES, 2 * entries);
      int descriptor = calls.uring().setup(entries, params);
      if (descriptor < 0) {
        return new Result(null, descriptor);
      }
      RingMemory memory = RingMemory.map(calls.memory(), descriptor, params);
      if (memory == null) {
        calls.files().close(descriptor);
        return new Result(null, -Errno.ENOSYS.number());
      }
      Ring ring = new Ring(calls, descriptor, memory);
      boolean started = false;
      try {
        ring.reaping.start("longpin-uring", ring::end);
        started = true;
      } finally {
        if (!started) {
          ring.end();
        }
      }
      return new Result(ring, 0);
    }
  }

  /** Registers something, such as buffers; returns the negated error number or the result. */
  int register(int what, MemorySegment argument, int count) {
    return calls.uring().register(ring, what, argument, count);
  }

  /** Returns its descriptor, for another ring to clone from. */
  int descriptor() {
    return ring;
  }

  /** Returns how many requests can be under way. */
  public int entries() {
    return freeSlots.length;
  }

  /**
   * Gives a request to the kernel; waits while too many are under way.
   *
   * @param more whether it may wait a little for others, to go together
   * @throws IllegalStateException if the ring is closed
   */
  public void submit(RingRequest request, boolean more) {
    while (!trySubmit(request, more)) {
      reaping.awaitUninterruptibly(this::hasRoom);
    }
  }

  /** The same, or returns false if too many are under way. */
  boolean trySubmit(RingRequest request, boolean more) {
    Seam.step(Step.OUTSIDE, this, 0);
    int batch = tryPut(request, more);
    if (batch > 0) {
      enter(batch);
    }
    if (batch >= 0) {
      reaping.requested();
    }
    return batch >= 0;
  }

  /** Returns whether another request can be under way. */
  boolean hasRoom() {
    return freeSlotCount > 0;
  }

  /**
   * Writes the submission entry.
   *
   * @return how many entries the caller has to give to the kernel; -1 if there is no room
   */
  private int tryPut(RingRequest request, boolean more) {
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the ring is closed");
      }
      if (freeSlotCount == 0) {
        return -1;
      }
      int slot = takeSlot();
      underWay[slot] = request;
      request.userData = (long) ++generation << Integer.SIZE | slot;
      request.fill(memory.submission(tail));
      memory.publishTail(++tail);
      unsubmitted++;
      return more && unsubmitted < BATCH ? 0 : takeBatch();
    } finally {
      lock.unlock();
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock only
  private int takeSlot() {
    return freeSlots[--freeSlotCount];
  }

  /** With the lock held: takes it upon the caller to submit what is there. */
  private int takeBatch() {
    int batch = unsubmitted;
    unsubmitted = 0;
    return batch;
  }

  /** Gives entries to the kernel, which others may do at the same time: it takes them in order. */
  private void enter(int count) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = UringCalls.errnoPlace(arena);
      int left = count;
      while (left > 0) {
        int batch = Math.min(left, BATCH);
        int done = calls.uring().enter(ring, batch, 0, 0, MemorySegment.NULL, errno);
        checkEntered(done);
        if (done > 0) {
          left -= done;
        } else {
          Seam.pause();
        }
      }
    }
  }

  /** Memory is short, a signal came, the time is over: anything else is for ever. */
  private static void checkEntered(int result) {
    if (result < 0
        && !Errno.EAGAIN.is(result)
        && !Errno.EBUSY.is(result)
        && !Errno.EINTR.is(result)
        && !Errno.ETIME.is(result)) {
      throw new IllegalStateException("io_uring_enter: " + Errno.describe(result));
    }
  }

  /**
   * Asks the kernel to end a request early, which it does if it can; it is answered in any case.
   */
  public void cancel(RingRequest request) {
    var _ = tryCancel(request);
  }

  /** The same, and waits until it has ended, and the cancellation, which is a request as well. */
  void cancelAndAwait(RingRequest request) {
    RingRequest asking = tryCancel(request);
    awaitUninterruptibly(request::isFinished);
    if (asking != null) {
      awaitUninterruptibly(asking::isFinished);
    }
  }

  private @Nullable RingRequest tryCancel(RingRequest request) {
    if (request.isFinished()) {
      return null;
    }
    RingRequest asking =
        RingRequest.plain(UringAbi.OP_ASYNC_CANCEL, UringFile.NONE, request.userData);
    submit(asking, false);
    return asking;
  }

  /**
   * Waits for something that a completion brings about; see {@link Reaping#await}.
   *
   * @return false if the deadline passed first
   */
  public boolean await(BooleanSupplier done, Deadline deadline) throws InterruptedException {
    return reaping.await(done, deadline);
  }

  /** The same, whatever interrupts come. */
  public void awaitUninterruptibly(BooleanSupplier done) {
    reaping.awaitUninterruptibly(done);
  }

  // The leader

  @Override
  public boolean isBusy() {
    return freeSlotCount < freeSlots.length;
  }

  @Override
  public void take() {
    int batch = takeBatchLocking();
    if (batch > 0) {
      enter(batch);
    }
    // Completions may wait for a task of the kernel to be run, which any entry does.
    checkEntered(
        calls.uring().enter(ring, 0, 0, UringAbi.ENTER_GETEVENTS, MemorySegment.NULL, leaderErrno));
    boolean _ = takeCompletions(() -> false);
  }

  @Override
  public void await(long nanos, BooleanSupplier done) {
    if (takeCompletions(done)) {
      return;
    }
    int batch = takeBatchLocking();
    if (batch > BATCH) {
      enter(batch);
      batch = 0;
    }
    timespec.set(ValueLayout.JAVA_LONG, 0, nanos / 1_000_000_000);
    timespec.set(ValueLayout.JAVA_LONG, Long.BYTES, nanos % 1_000_000_000);
    int flags = UringAbi.ENTER_GETEVENTS | UringAbi.ENTER_EXT_ARG;
    int given = calls.uring().enter(ring, batch, 1, flags, waitArgument, leaderErrno);
    checkEntered(given);
    if (given < batch) {
      enter(batch - Math.max(0, given));
    }
    boolean _ = takeCompletions(done);
  }

  private int takeBatchLocking() {
    lock.lock();
    try {
      return takeBatch();
    } finally {
      lock.unlock();
    }
  }

  private boolean takeCompletions(BooleanSupplier done) {
    int head = memory.completionHead();
    int end = memory.completionTail();
    if (head == end) {
      return false;
    }
    boolean enough = false;
    for (; head != end && !enough; head++) {
      MemorySegment entry = memory.completion(head);
      long userData = entry.get(ValueLayout.JAVA_LONG, UringAbi.CQE_USER_DATA);
      int result = entry.get(ValueLayout.JAVA_INT, UringAbi.CQE_RES);
      int flags = entry.get(ValueLayout.JAVA_INT, UringAbi.CQE_FLAGS);
      memory.publishCompletionHead(head + 1);
      complete((int) userData, result, flags);
      enough = done.getAsBoolean();
    }
    return true;
  }

  private void complete(int slot, int result, int flags) {
    RingRequest request;
    lock.lock();
    try {
      request = underWay[slot];
      // Before its end runs: what that lets go of may be the last that kept the ring from closing.
      if (RingRequest.isLast(flags)) {
        underWay[slot] = null;
        freeSlot(slot);
      }
    } finally {
      lock.unlock();
    }
    if (request == null) {
      throw new AssertionError("a completion of no request: " + slot);
    }
    try {
      request.take(result, flags);
    } catch (
        Throwable e) { // of the request's end: whoever takes completions has nothing to do with it
      Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock only
  private void freeSlot(int slot) {
    freeSlots[freeSlotCount++] = slot;
  }

  /**
   * Ends the ring.
   *
   * @throws IllegalStateException if requests are under way: the kernel has their memory
   */
  @Override
  public void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      if (isBusy()) {
        throw new IllegalStateException("requests are under way");
      }
      closed = true;
    } finally {
      lock.unlock();
    }
    reaping.stop();
  }

  /** The ring's own thread has ended, and nobody else uses it. */
  private void end() {
    memory.unmap(calls.memory());
    calls.files().close(ring);
    leaderArena.close();
  }
}
