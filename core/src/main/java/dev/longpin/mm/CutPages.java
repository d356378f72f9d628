package dev.longpin.mm;

import dev.longpin.api.IndeterminateException;
import dev.longpin.api.LongpinException;
import dev.longpin.api.StoreException;
import dev.longpin.api.UnmapResult;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.PageIndex;
import dev.longpin.page.PageWord;
import dev.longpin.page.Slot;
import dev.longpin.revoke.HeldPin;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The pages of a {@link Cut} in its steps 3 to 5, with the invalidate lock held alone. Their gates
 * are shut, so none leaves the memory and none gets a pin.
 */
final class CutPages {

  private final CoreMm mm;
  private final TryToUnmap tryToUnmap;
  private final Operation operation;
  private final AddressSpace space;
  private final Cut.Kind kind;
  private final Disconnection disconnection;
  private final PageList frozen = new PageList();
  private final PageList pinned = new PageList();

  CutPages(
      CoreMm mm,
      TryToUnmap tryToUnmap,
      Operation operation,
      Cut.Kind kind,
      Disconnection disconnection) {
    this.mm = mm;
    this.tryToUnmap = tryToUnmap;
    this.operation = operation;
    this.space = operation.space();
    this.kind = kind;
    this.disconnection = disconnection;
  }

  /** Step 3: false to begin again with step 2; nothing is frozen then. */
  boolean freeze() throws LongpinException {
    boolean all = false;
    try {
      all = freezeEach();
      return all;
    } finally {
      if (!all) {
        unfreeze();
      }
    }
  }

  private void unfreeze() {
    frozen.forEach((page, frame, word) -> unfreeze(page, frame, word, false));
    pinned.forEach((page, frame, word) -> unfreeze(page, frame, word, false));
  }

  /** Gives a frozen page back to the file, unless a close has abandoned it meanwhile. */
  private void unfreeze(long page, int frame, long wordBefore, boolean openGate) {
    boolean written = PageWord.has(wordBefore, PageWord.WRITE_PINS); // such a pin may have ended
    PageIndex index = space.index();
    index.lock();
    try {
      if (index.holds(page, frame)) { // else the file was closed, and the page abandoned
        mm.words().unfreeze(frame, written ? PageWord.DIRTY | PageWord.DIRTY_ALL : 0);
        if (openGate) {
          mm.words().openGate(frame);
        }
      }
    } finally {
      index.unlock();
    }
    mm.frames().dropReference(frame);
  }

  private boolean freezeEach() throws LongpinException {
    for (long page = nextPage(operation.firstPage()); page >= 0; page = nextPage(page + 1)) {
      int frame = frame(page);
      long word = mm.words().load(frame);
      if (PageWord.has(word, PageWord.PINS)) {
        boolean ignored = tryToUnmap.isIgnored(word, kind.operation());
        if (!ignored && !disconnection.isDecided()) {
          return false;
        }
        if (!ignored && isPartial(page)) {
          throw operation.cannotDisconnect(page, disconnection.cause());
        }
        pinned.add(page, frame, tryToUnmap.freezePinned(operation, frame));
      } else {
        tryToUnmap.freeze(operation, frame);
        frozen.add(page, frame, word);
        if (kind.keepsContent()
            && PageWord.has(mm.words().load(frame), PageWord.DIRTY | PageWord.UNSYNCED)) {
          return false; // a pin ended, or a failed sync made it dirty again
        }
      }
    }
    return !kind.keepsContent() || disconnection.tryMark();
  }

  /** Steps 4 and 5. */
  UnmapResult cut(Set<HeldPin> told) throws LongpinException {
    StoreException failure = cutStore();
    // (5)
    disconnection.mark();
    kind.finish(space); // the size first: an unfrozen page may be written at once
    boolean known = failure == null;
    int[] shortPins = {0};
    frozen.forEach((page, frame, word) -> dropFrozen(page, frame, known));
    pinned.forEach((page, frame, word) -> shortPins[0] += dropPinned(page, frame, word));
    if (failure != null) {
      throw new IndeterminateException(operation.describe(), failure);
    }
    // Who was told and is not disconnected has let go: the pages are gone.
    long letGo = told.stream().filter(pin -> !disconnection.includes(pin)).count();
    int left = kind.keepsContent() ? disconnection.shortPins() : shortPins[0];
    return new UnmapResult((int) letGo, disconnection.holders(), left);
  }

  /** Step 4; on a failure that leaves the store as it was the pages are unfrozen. */
  private @Nullable StoreException cutStore() throws StoreException {
    boolean intact = true;
    try {
      kind.cutStore(space);
      intact = false;
      return null;
    } catch (StoreException e) {
      intact = kind.isIntact(space, e);
      if (intact) {
        throw e;
      }
      return e;
    } finally {
      if (intact) {
        unfreeze(); // also when a store throws what it should not
      }
    }
  }

  private void dropFrozen(long page, int frame, boolean known) {
    if (isPartial(page)) {
      cutPart(page, frame, known);
      unfreeze(page, frame, 0, true);
    } else if (removeFromIndex(page, frame)) {
      mm.frames().release(frame);
    } else {
      mm.frames().dropReference(frame);
    }
  }

  /** Takes a pinned page from the file; returns how many short pins are on it. */
  private int dropPinned(long page, int frame, long word) {
    if (isPartial(page)) { // the policy ignores its pins, as Linux does
      cutPart(page, frame, true);
      unfreeze(page, frame, word, true);
      return 0;
    }
    int shortPins = PageWord.shortPins(mm.words().load(frame));
    if (removeFromIndex(page, frame)) {
      mm.frames().orphan(frame);
    }
    mm.frames().dropReference(frame);
    return disconnection.isDecided() ? shortPins : 0;
  }

  /** Returns false if the file was closed and the page abandoned meanwhile. */
  private boolean removeFromIndex(long page, int frame) {
    space.index().lock();
    try {
      boolean held = space.index().holds(page, frame);
      if (held) {
        space.index().remove(page);
      }
      return held;
    } finally {
      space.index().unlock();
    }
  }

  private int cutFrom(long page) {
    long pageStart = page << mm.frames().pageShift();
    return Math.clamp(operation.start() - pageStart, 0, mm.frames().pageSize());
  }

  /** What lies behind the end of the file is cut with what lies before it. */
  private int cutTo(long page) {
    if (operation.end() >= space.size()) {
      return mm.frames().pageSize();
    }
    long pageStart = page << mm.frames().pageShift();
    return Math.clamp(operation.end() - pageStart, 0, mm.frames().pageSize());
  }

  private boolean isPartial(long page) {
    return !kind.keepsContent() && (cutFrom(page) > 0 || cutTo(page) < mm.frames().pageSize());
  }

  private void cutPart(long page, int frame, boolean known) {
    new PartialPage(mm, space).cut(page, frame, cutFrom(page), cutTo(page), known);
  }

  /** Returns the next page of the range that is in memory, from {@code from} on, or -1. */
  private long nextPage(long from) {
    return space.index().findNext(from, operation.endPage(), null);
  }

  private int frame(long page) {
    PageIndex index = space.index();
    index.lock();
    try {
      space.checkNotAbandoned();
      return Slot.frame(index.slotLocked(page));
    } finally {
      index.unlock();
    }
  }
}
