package dev.longpin.notify;

import dev.longpin.api.Access;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.Holder;
import dev.longpin.api.IntervalNotifier;
import dev.longpin.api.Invalidation;
import dev.longpin.api.Invalidation.Cause;
import dev.longpin.api.InvalidationHandler;
import dev.longpin.api.InvalidationHandler.SecondPass;
import dev.longpin.api.PagePins;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockRank;
import dev.longpin.base.LongCell;
import dev.longpin.base.Mutex;
import dev.longpin.base.Seam;
import dev.longpin.base.Stat;
import dev.longpin.base.Step;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.Frames;
import dev.longpin.page.PageIndex;
import dev.longpin.page.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The devices of a cache that keep page tables of their own, and the invalidations under way
 * ({@code mm/mmu_notifier.c}).
 *
 * <p>Whoever takes pages away:
 *
 * <ol>
 *   <li>{@link #begin}: every interval that is concerned gets a new sequence, and no device fault
 *       begins there until {@link #end}.
 *   <li>{@link #invalidate}: every handler is started, and none is awaited.
 *   <li>{@link #awaitReleased}: until no translation of the range is left.
 * </ol>
 *
 * <p>Reclaim and background writeback only {@linkplain #ask ask}, and look again later (I8).
 *
 * <p>Invariant: a translation that its device may use is in the list of its interval, and counts in
 * the page's word.
 */
public final class Notifiers {

  private final Frames frames;
  private final HandlerErrors errors;
  private final Stat invalidations = new Stat();
  private final Mutex lock = new Mutex(LockRank.NOTIFIERS);
  // Under the lock:
  private final List<Interval> intervals = new ArrayList<>();
  private final List<Invalidating> underWay = new ArrayList<>();
  private long begun;

  private final LongCell count = new LongCell(0);
  private final EventCount changed = new EventCount();

  /** Makes an empty registry. */
  public Notifiers(Frames frames, HandlerErrors errors) {
    this.frames = frames;
    this.errors = errors;
  }

  // Devices

  /** Adds the interval of a device. */
  public IntervalNotifier attach(
      AddressSpace space,
      DeviceFile file,
      Holder device,
      long offset,
      long lengthBytes,
      InvalidationHandler handler) {
    Interval interval = new Interval(this, space, file, device, offset, lengthBytes, handler);
    lock.lock();
    try {
      intervals.add(interval);
      count.add(1);
    } finally {
      lock.unlock();
    }
    return interval;
  }

  /** Ends an interval; its translations stay until they are released. */
  void remove(Interval interval) {
    lock.lock();
    try {
      close(interval);
    } finally {
      lock.unlock();
    }
    changed.signalAll();
  }

  /** Ends the intervals of a file that was closed. */
  public void removeAll(AddressSpace space) {
    lock.lock();
    try {
      for (Interval interval : List.copyOf(intervals)) {
        if (interval.space == space) {
          close(interval);
        }
      }
    } finally {
      lock.unlock();
    }
    changed.signalAll();
  }

  /** With the lock held: nothing that was begun is current any more. */
  private void close(Interval interval) {
    interval.closed = true;
    interval.sequence++;
    forgetIfOver(interval);
  }

  /** With the lock held: a closed interval without translations is of no interest any more. */
  private void forgetIfOver(Interval interval) {
    if (interval.closed
        && interval.pages.isEmpty()
        && interval.faults.isEmpty()
        && intervals.remove(interval)) {
      count.add(-1);
    }
  }

  /** Waits until nothing of the interval is being invalidated; its sequence, or -1: too late. */
  long begin(Interval interval, Deadline deadline) throws InterruptedException {
    while (true) {
      int ticket = changed.ticket();
      lock.lock();
      try {
        checkOpen(interval);
        if (underWay.stream().noneMatch(invalidating -> invalidating.concerns(interval))) {
          return interval.sequence;
        }
      } finally {
        lock.unlock();
      }
      if (!changed.await(ticket, deadline)) {
        return -1;
      }
    }
  }

  boolean isCurrent(Interval interval, long sequence) {
    lock.lock();
    try {
      return interval.sequence == sequence;
    } finally {
      lock.unlock();
    }
  }

  private static void checkOpen(Interval interval) {
    if (interval.closed) {
      throw new FileClosedException("the notifier of " + interval + " is closed");
    }
  }

  /** A device is about to pin a page for a translation: known from now on, so no pin of its own. */
  void beginFault(Interval interval, long fileOffset) {
    lock.lock();
    try {
      checkOpen(interval);
      interval.faults.add(fileOffset >>> frames.pageShift());
    } finally {
      lock.unlock();
    }
  }

  /** It got no page. */
  void endFault(Interval interval, long fileOffset) {
    lock.lock();
    try {
      interval.faults.remove(fileOffset >>> frames.pageShift());
      forgetIfOver(interval);
    } finally {
      lock.unlock();
    }
    changed.signalAll();
  }

  /** The page of a fault that began is pinned, and a translation of it from now on. */
  TranslatedPage add(Interval interval, long fileOffset, int frame, Access access) {
    long pageIndex = fileOffset >>> frames.pageShift();
    TranslatedPage page = new TranslatedPage(this, frames, interval, pageIndex, frame, access);
    lock.lock();
    try {
      interval.faults.remove(pageIndex);
      interval.pages.add(page);
    } finally {
      lock.unlock();
    }
    return page;
  }

  /** Returns the pins on a page that are no translations, or fewer if a fault is under way. */
  public PagePins except(AddressSpace space, long pageIndex, PagePins pins) {
    if (isEmpty()) {
      return pins;
    }
    int reads = 0;
    int writes = 0;
    lock.lock();
    try {
      for (Interval interval : intervals) {
        if (interval.space == space) {
          for (TranslatedPage page : interval.pages.within(pageIndex, pageIndex + 1).toList()) {
            reads += page.access().writes() ? 0 : 1;
            writes += page.access().writes() ? 1 : 0;
          }
          int faults = (int) interval.faults.stream().filter(at -> at == pageIndex).count();
          reads += faults;
          writes += faults;
        }
      }
    } finally {
      lock.unlock();
    }
    return new PagePins(
        Math.max(0, pins.shortReads() - reads),
        Math.max(0, pins.shortWrites() - writes),
        pins.longReads(),
        pins.longWrites());
  }

  /** The device has dropped a translation; returns whether the page is the file's still. */
  boolean release(TranslatedPage page) {
    PageIndex index = page.interval.space.index();
    long slot = index.slot(page.pageIndex);
    boolean present = slot != Slot.ABSENT && Slot.frame(slot) == page.frame;
    lock.lock();
    try {
      if (page.released) {
        return page.wasOfFile;
      }
      page.released = true;
      page.wasOfFile = present;
    } finally {
      lock.unlock();
    }
    boolean ofFile = frames.unpin(page.frame, page.unit()) && present;
    lock.lock();
    try {
      page.wasOfFile = ofFile;
      page.interval.pages.remove(page);
      forgetIfOver(page.interval);
    } finally {
      lock.unlock();
    }
    changed.signalAll();
    return ofFile;
  }

  // Those who take pages away

  /** Returns whether there are no devices. */
  public boolean isEmpty() {
    return count.get() == 0;
  }

  /** Begins to invalidate bytes of a file, for every device; {@link #end} has to follow. */
  public Invalidating begin(AddressSpace space, long start, long end) {
    Invalidating invalidating = new Invalidating(space, start, end, null);
    lock.lock();
    try {
      add(invalidating);
    } finally {
      lock.unlock();
    }
    return invalidating;
  }

  private void add(Invalidating invalidating) {
    invalidating.number = ++begun;
    underWay.add(invalidating);
    for (Interval interval : intervals) {
      if (invalidating.concerns(interval)) {
        interval.sequence++;
      }
    }
  }

  /** Ends what {@link #begin} began: devices may fault again. */
  public void end(Invalidating invalidating) {
    lock.lock();
    try {
      underWay.remove(invalidating);
    } finally {
      lock.unlock();
    }
    changed.signalAll();
  }

  /** Starts the handlers of all who have translations there; waits for none. */
  public void invalidate(Invalidating invalidating, Cause cause) {
    start(invalidating, cause, false, () -> {});
  }

  /**
   * Asks the devices to give up one page, each in its own time, and waits for none.
   *
   * @param cause RECLAIM, MIGRATE, or CLEAN: then translations that only read stay
   * @return whether any device has such a translation
   */
  public boolean ask(AddressSpace space, long pageIndex, Cause cause) {
    long start = pageIndex << frames.pageShift();
    long end = start + frames.pageSize();
    boolean writesOnly = cause == Cause.CLEAN;
    List<Invalidating> begun = new ArrayList<>();
    boolean any = false;
    lock.lock();
    try {
      for (Interval interval : intervals) {
        if (interval.overlaps(space, start, end)) {
          any |= meant(interval, start, end, writesOnly).findAny().isPresent();
          if (meant(interval, start, end, writesOnly).anyMatch(page -> !page.invalidating)) {
            // Of its own: a device that never ends it holds up no other.
            Invalidating invalidating = new Invalidating(space, start, end, interval);
            begun.add(invalidating);
          }
        }
      }
      begun.forEach(this::add);
    } finally {
      lock.unlock();
    }
    for (Invalidating invalidating : begun) {
      start(invalidating, cause, writesOnly, () -> end(invalidating));
    }
    return any;
  }

  /** The translations of bytes {@code [start, end)} that a device has still to give up. */
  private Stream<TranslatedPage> meant(
      Interval interval, long start, long end, boolean writesOnly) {
    return within(interval, start, end)
        .filter(page -> !page.released && (!writesOnly || page.access().writes()));
  }

  /** What is to be run for one device; {@code begun} is how many invalidations had begun then. */
  private record Call(Interval interval, List<TranslatedPage> pages, long begun) {}

  private void start(Invalidating range, Cause cause, boolean writesOnly, Runnable whenOver) {
    List<Call> calls = new ArrayList<>();
    lock.lock();
    try {
      for (Interval interval : intervals) {
        if (range.concerns(interval)) {
          List<TranslatedPage> pages =
              meant(interval, range.start, range.end, writesOnly)
                  .filter(page -> !page.invalidating)
                  .toList();
          if (!pages.isEmpty()) {
            pages.forEach(page -> page.invalidating = true);
            interval.handlersRunning++;
            calls.add(new Call(interval, pages, begun));
          }
        }
      }
    } finally {
      lock.unlock();
    }
    if (calls.isEmpty()) {
      whenOver.run();
    }
    for (Call call : calls) {
      invalidations.increment();
      Invalidation what = new Invalidation(cause, range.start, range.end - range.start, writesOnly);
      Seam.startTask(
          "longpin-invalidate " + call.interval.device().name(), () -> run(call, what, whenOver));
    }
  }

  private void run(Call call, Invalidation what, Runnable whenOver) {
    Interval interval = call.interval;
    Seam.step(Step.OUTSIDE, interval, 0);
    try {
      SecondPass second = interval.handler.invalidate(what);
      if (second != null) {
        second.await();
      }
    } catch (Exception | LinkageError | AssertionError error) {
      errors.add(interval, error);
    } finally {
      List<Invalidating> missed = end(call, what.cause());
      whenOver.run();
      changed.signalAll();
      missed.forEach(range -> invalidate(range, Cause.UNMAP));
    }
  }

  /** Ends a handler; returns what the device must be told because this kept it from being told. */
  private List<Invalidating> end(Call call, Cause cause) {
    Interval interval = call.interval;
    lock.lock();
    try {
      call.pages.forEach(page -> page.invalidating = false);
      interval.handlersRunning--;
      return underWay.stream()
          .filter(range -> range.only == null && range.concerns(interval))
          .filter(range -> cause != Cause.UNMAP || range.number > call.begun)
          .map(range -> new Invalidating(range.space, range.start, range.end, interval))
          .toList();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until no translation of the range is in a list, so that none counts in a word; false if
   * the deadline passed first.
   */
  public boolean awaitReleased(Invalidating range, Deadline deadline) throws InterruptedException {
    return await(
        () ->
            intervals.stream()
                .filter(range::concerns)
                .flatMap(interval -> within(interval, range.start, range.end))
                .findAny()
                .isEmpty(),
        deadline);
  }

  private Stream<TranslatedPage> within(Interval interval, long start, long end) {
    return interval.pages.within(
        start >>> frames.pageShift(), ((end - 1) >>> frames.pageShift()) + 1);
  }

  boolean awaitHandlers(Interval interval, Deadline deadline) throws InterruptedException {
    return await(() -> interval.handlersRunning == 0, deadline);
  }

  /** Waits for something that is asked with the lock held. */
  private boolean await(BooleanSupplier done, Deadline deadline) throws InterruptedException {
    while (true) {
      int ticket = changed.ticket();
      lock.lock();
      try {
        if (done.getAsBoolean()) {
          return true;
        }
      } finally {
        lock.unlock();
      }
      if (!changed.await(ticket, deadline)) {
        return false;
      }
    }
  }

  /** Names the devices that have translations of {@code [start, end)}; empty if none has. */
  public String describe(AddressSpace space, long start, long end) {
    Predicate<Interval> holds =
        interval ->
            interval.overlaps(space, start, end)
                && meant(interval, start, end, false).findAny().isPresent();
    lock.lock();
    try {
      return intervals.stream()
          .filter(holds)
          .map(Interval::toString)
          .collect(Collectors.joining(", "));
    } finally {
      lock.unlock();
    }
  }

  /** Returns how many handlers were started so far. */
  public long invalidations() {
    return invalidations.get();
  }

  /** Returns the number of translations that devices have. */
  public long translations() {
    lock.lock();
    try {
      return intervals.stream().mapToLong(interval -> interval.pages.size()).sum();
    } finally {
      lock.unlock();
    }
  }
}
