package dev.longpin.mm;

import dev.longpin.api.Holder;
import dev.longpin.api.HolderInfo;
import dev.longpin.api.Invalidation.Cause;
import dev.longpin.api.LongpinException;
import dev.longpin.api.PagePins;
import dev.longpin.api.PinPolicy.OnUnmap;
import dev.longpin.api.Revocation;
import dev.longpin.api.SelfDeadlockException;
import dev.longpin.api.UnmapOperation;
import dev.longpin.api.UnmapRefusedException;
import dev.longpin.base.LockOrder;
import dev.longpin.notify.Invalidating;
import dev.longpin.notify.Notifiers;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.PageIndex;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import dev.longpin.page.Slot;
import dev.longpin.revoke.HeldPin;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes the pages of a range away from devices: asks, and waits with no lock held (I11). Their
 * gates are shut, so pins can only fall.
 *
 * <ol>
 *   <li>A caller that acts on behalf of a holder which can't be revoked would wait for itself: an
 *       exception at once (H13).
 *   <li>Start to invalidate the devices that keep page tables of their own.
 *   <li>Ask the policy about each pinned page.
 *   <li>Tell every revocable holder, all at once.
 *   <li>Wait for all of them, to the one deadline: until no pin is left on any page.
 * </ol>
 *
 * <p>{@link #freeze} then takes one reference of its own, with the invalidate lock held alone, and
 * waits until that and the cache's are the only ones: what it waits for there are copies by the CPU
 * and the store's own I/O. (The kernel's {@code try_to_unmap}, as proposed in 2018.)
 */
public final class TryToUnmap {

  private final CoreMm mm;
  private final PageWords words;

  /** Makes the protocol for a cache. */
  public TryToUnmap(CoreMm mm) {
    this.mm = mm;
    this.words = mm.words();
  }

  /**
   * Steps 1 to 5. Nothing is awaited before everybody knows.
   *
   * @param range what devices with page tables of their own are made to forget
   * @param told the pins whose holders are told are added to it
   * @throws UnmapRefusedException if the policy refuses
   * @throws SelfDeadlockException if the caller would wait for itself
   * @throws LongpinException if the wait ended first; pins are left
   */
  void ask(
      Operation operation,
      UnmapOperation kind,
      Invalidating range,
      @Nullable Holder onBehalfOf,
      Set<HeldPin> told)
      throws LongpinException {
    LockOrder.checkNoneHeld("a pin");
    checkNotForItself(operation, onBehalfOf); // (1)
    Notifiers notifiers = mm.notifiers();
    notifiers.invalidate(range, Cause.UNMAP); // (2)
    boolean tell = consult(operation, kind); // (3)
    if (tell) { // (4)
      Duration remaining = Duration.ofNanos(operation.deadline().remainingNanos());
      long start = operation.start();
      long length = operation.end() - start;
      told.addAll(
          mm.revoker()
              .tell(
                  operation.space(),
                  operation.pageStart(),
                  operation.pageEnd(),
                  new Revocation(kind, start, length, remaining)));
    }
    if (!notifiers.isEmpty()) { // (5)
      operation.await(deadline -> notifiers.awaitReleased(range, deadline));
      boolean _ = consult(operation, kind); // of pins that looked like faults under way
    }
    awaitPins(operation, kind, operation.endPage());
  }

  /**
   * Asks the policy about each page with pins: what a device has that can be made to forget it is
   * none. Returns whether holders are to be told.
   */
  private boolean consult(Operation operation, UnmapOperation kind) throws UnmapRefusedException {
    boolean tell = false;
    long endPage = operation.endPage();
    for (long page = nextPinned(operation, operation.firstPage(), endPage, kind);
        page >= 0;
        page = nextPinned(operation, page + 1, endPage, kind)) {
      OnUnmap answer = answer(operation.space(), page, kind);
      if (answer == OnUnmap.REFUSE) {
        throw new UnmapRefusedException(
            operation.describe(), mm.policy().name(), active(operation));
      }
      tell |= answer == OnUnmap.REVOKE;
    }
    return tell;
  }

  /** Step 1; also asked before the operation queues behind another. */
  void checkNotForItself(Operation operation, @Nullable Holder onBehalfOf)
      throws SelfDeadlockException {
    if (onBehalfOf == null) {
      return;
    }
    List<HolderInfo> own =
        mm.holders()
            .ownIrrevocable(
                operation.space(), operation.pageStart(), operation.pageEnd(), onBehalfOf);
    if (!own.isEmpty()) {
      throw new SelfDeadlockException(operation.describe(), own);
    }
  }

  private List<HolderInfo> active(Operation operation) {
    return mm.holders().active(operation.space(), operation.pageStart(), operation.pageEnd());
  }

  private void awaitPins(Operation operation, UnmapOperation kind, long endPage)
      throws LongpinException {
    for (long page = nextPinned(operation, operation.firstPage(), endPage, kind);
        page >= 0;
        page = nextPinned(operation, page + 1, endPage, kind)) {
      int frame = operation.space().index().lookUpFrame(page);
      if (frame >= 0) {
        operation.await(
            deadline -> words.await(frame, w -> !PageWord.has(w, PageWord.PINS), deadline));
      }
    }
  }

  /** Returns the next page with pins that the policy does not ignore, or -1. */
  private long nextPinned(Operation operation, long from, long endPage, UnmapOperation kind) {
    PageIndex index = operation.space().index();
    index.lock();
    try {
      for (long page = index.next(from, endPage, null);
          page >= 0;
          page = index.next(page + 1, endPage, null)) {
        long word = words.load(Slot.frame(index.slotLocked(page)));
        if (PageWord.has(word, PageWord.PINS) && !isIgnored(word, kind)) {
          return page;
        }
      }
      return -1;
    } finally {
      index.unlock();
    }
  }

  /** Returns whether the policy takes a page from the file and looks at no pin. */
  boolean isIgnored(long word, UnmapOperation kind) {
    return PageWord.has(word, PageWord.PINS)
        && mm.policy().onUnmap(PageWord.pins(word), kind) == OnUnmap.PROCEED;
  }

  private OnUnmap answer(AddressSpace space, long page, UnmapOperation kind) {
    int frame = space.index().lookUpFrame(page);
    long word;
    PagePins pins;
    do { // a device that forgets the page unpins it first, and then is known to have none
      word = frame < 0 ? 0 : words.load(frame);
      pins = mm.notifiers().except(space, page, PageWord.pins(word));
    } while (frame >= 0 && !PageWord.pins(words.load(frame)).equals(PageWord.pins(word)));
    return pins.count() > 0 ? mm.policy().onUnmap(pins, kind) : OnUnmap.WAIT;
  }

  /**
   * Freezes a page on which no pin is left: takes a reference and waits until nobody else has one.
   * The reference goes with the frame, or when it is unfrozen.
   */
  void freeze(Operation operation, int frame) throws LongpinException {
    reference(operation, frame);
    boolean frozen = false;
    try {
      do {
        operation.await(deadline -> words.await(frame, TryToUnmap::isDmaIdle, deadline));
        frozen = words.tryFreeze(frame, 1);
      } while (!frozen);
    } finally {
      if (!frozen) {
        mm.frames().dropReference(frame);
      }
    }
  }

  /** Takes the unmapper's reference; readers may have taken all for a moment. */
  private void reference(Operation operation, int frame) throws LongpinException {
    while (!words.tryReference(frame)) {
      if (!PageWord.has(words.load(frame), PageWord.MAPPED)) {
        operation.space().checkNotAbandoned();
        throw new AssertionError(
            "freezing what is not a page: " + PageWord.describe(words.load(frame)));
      }
      operation.await(deadline -> words.await(frame, PageWord::canReference, deadline));
    }
  }

  /** Returns whether the cache's and the unmapper's references are the only ones. */
  private static boolean isDmaIdle(long word) {
    return !PageWord.has(word, PageWord.PINS | PageWord.WRITEBACK | PageWord.LOCKED)
        && PageWord.references(word) == 1;
  }

  /**
   * Freezes a page with its pins, which stay its devices': waits until nobody else has a reference
   * and no write of it is in flight (H19).
   *
   * @return the word before
   */
  long freezePinned(Operation operation, int frame) throws LongpinException {
    reference(operation, frame);
    long before = 0;
    try {
      while (before == 0) {
        operation.await(deadline ->
            words.await(
                frame,
                w ->
                    !PageWord.has(w, PageWord.WRITEBACK | PageWord.LOCKED)
                        && PageWord.references(w) == 1,
                deadline));
        before = words.tryFreezePinned(frame);
      }
      return before;
    } finally {
      if (before == 0) {
        mm.frames().dropReference(frame);
      }
    }
  }
}
