package dev.longpin.mm;

import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.HolderInfo;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.api.ShortPinInfo;
import dev.longpin.api.WaitEndedException;
import dev.longpin.api.WaitInterruptedException;
import dev.longpin.base.Deadline;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.GoingRanges.Going;
import dev.longpin.page.PageWord;
import dev.longpin.page.Slot;
import dev.longpin.revoke.ShortPinLedger;
import java.util.ArrayList;
import java.util.List;

/**
 * One operation on a range of a file while it runs: its deadline, and its name and range for the
 * exception that ends a wait (I5).
 *
 * @param name such as "truncate"
 * @param start the first byte
 * @param end the byte after the last; {@link Long#MAX_VALUE} for all that follow
 */
public record Operation(
    CoreMm mm, AddressSpace space, String name, long start, long end, Deadline deadline) {

  private static final int PAGES_NAMED = 1024;

  /** A lock, a queue or a condition that is awaited. */
  @FunctionalInterface
  public interface Wait {
    /** Waits; false if the deadline passed first. */
    boolean await(Deadline deadline) throws InterruptedException;
  }

  /** Waits, and throws when the deadline passes or the thread is interrupted first. */
  public void await(Wait wait) throws WaitEndedException {
    try {
      if (!wait.await(deadline)) {
        throw deadlineExceeded();
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  /** Returns the first page that the range touches. */
  long firstPage() {
    return mm.pageOf(start);
  }

  /** Returns the page after the last that the range touches. */
  long endPage() {
    return mm.pagesUpTo(end);
  }

  /** Returns the first byte of the first page. */
  long pageStart() {
    return byteOf(firstPage());
  }

  /** Returns the byte after the last page. */
  long pageEnd() {
    return byteOf(endPage());
  }

  private long byteOf(long page) {
    long limit = Long.MAX_VALUE >> mm.frames().pageShift();
    return page > limit ? Long.MAX_VALUE : page << mm.frames().pageShift();
  }

  /** Returns the same operation with another deadline. */
  Operation within(Deadline next) {
    return new Operation(mm, space, name, start, end, next);
  }

  /** Describes the operation for messages. */
  public String describe() {
    String range = end == Long.MAX_VALUE ? start + " on" : start + ", " + end;
    return name + " of [" + range + ") of " + space.store().path();
  }

  /** Makes the exception for a pin that can't be (I6). */
  PinRefusedException refused(Reason reason) {
    String what = describe();
    if (reason == Reason.PAST_END) {
      what += ", which has " + space.size() + " bytes,";
    }
    return new PinRefusedException(reason, what, null);
  }

  /** Makes the exception for a deadline that passed, with what was in the way. */
  WaitEndedException deadlineExceeded() {
    mm.counters().timeouts.increment();
    String devices = mm.notifiers().describe(space, pageStart(), pageEnd());
    return new DeadlineExceededException(
        describe()
            + " waited "
            + deadline.elapsed().toMillis()
            + " ms, to its deadline"
            + (devices.isEmpty() ? "" : "; not invalidated: " + devices),
        holders(),
        shortPins());
  }

  /** Makes the exception for a page that would have to be disconnected and can't be. */
  WaitEndedException cannotDisconnect(long page, WaitEndedException cause) {
    return new DeadlineExceededException(
        describe()
            + " met its deadline, and can't disconnect page "
            + page
            + ", of which it removes only a part: cut at a multiple of "
            + mm.frames().pageSize(),
        cause.holders(),
        cause.shortPins());
  }

  /** Makes the exception for an interrupt, which is set again. */
  WaitEndedException interrupted() {
    Thread.currentThread().interrupt();
    return new WaitInterruptedException(
        describe() + " was interrupted after " + deadline.elapsed().toMillis() + " ms",
        holders(),
        shortPins());
  }

  /** Returns the holders in the range, and in those that are going and that it waits for. */
  private List<HolderInfo> holders() {
    long start = pageStart();
    long end = pageEnd();
    for (Going going : space.going().overlapping(firstPage(), endPage())) {
      start = Math.min(start, byteOf(going.firstPage()));
      end = Math.max(end, byteOf(going.endPage()));
    }
    return mm.holders().active(space, start, end);
  }

  private List<ShortPinInfo> shortPins() {
    List<ShortPinInfo> pins = new ArrayList<>();
    ShortPinLedger ledger = mm.shortPins();
    space.index().lock();
    try {
      for (long page = space.index().next(firstPage(), endPage(), null);
          page >= 0 && pins.size() < PAGES_NAMED;
          page = space.index().next(page + 1, endPage(), null)) {
        long word = mm.words().load(Slot.frame(space.index().slotLocked(page)));
        if (PageWord.has(word, PageWord.SHORT_PINS)) {
          pins.add(new ShortPinInfo(page, PageWord.shortPins(word), List.of()));
        }
      }
    } finally {
      space.index().unlock();
    }
    if (ledger == null) {
      return pins;
    }
    return pins.stream()
        .map(pin ->
            new ShortPinInfo(pin.pageIndex(), pin.count(), ledger.places(space, pin.pageIndex())))
        .toList();
  }
}
