package dev.longpin.mm;

import dev.longpin.api.HolderInfo;
import dev.longpin.api.PagePins;
import dev.longpin.api.UnmapOperation;
import dev.longpin.api.Unmapping;
import dev.longpin.api.Unmapping.OnDeadline;
import dev.longpin.api.WaitEndedException;
import dev.longpin.api.WaitInterruptedException;
import dev.longpin.page.PageIndex;
import dev.longpin.page.PageWord;
import dev.longpin.page.Slot;
import dev.longpin.revoke.HeldPin;
import dev.longpin.revoke.Holders.Reported;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Cut} does when its deadline passes while devices hold pages: fail, or disconnect
 * them if the caller chose so.
 *
 * <p>A holder that was once told that its pages are not the file's may do with them what it likes,
 * so nobody is told before it is certain:
 *
 * <ul>
 *   <li>The content goes (truncate, punch, delete): the pins are marked when the store is cut. What
 *       a holder reported until then was written before the cut.
 *   <li>The content stays (evict): what a holder reported must have been forced. So the reports are
 *       counted before the force, and the pins marked after it, in one step with the test that
 *       nothing was reported since; otherwise the range is forced again. A short pin reports
 *       nothing but its end: so those that write are counted likewise.
 *   <li>A close ends in any case: the pins are marked first.
 * </ul>
 */
final class Disconnection {

  private final CoreMm mm;
  private final Operation operation;
  private final Cut.Kind kind;
  private final Unmapping unmapping;
  private @Nullable WaitEndedException cause;
  private @Nullable Reported reported;
  private @Nullable ShortPins shortPins;
  private @Nullable List<HeldPin> pins;

  Disconnection(CoreMm mm, Operation operation, Cut.Kind kind, Unmapping unmapping) {
    this.mm = mm;
    this.operation = operation;
    this.kind = kind;
    this.unmapping = unmapping;
  }

  /** A wait for pins ended: throws that, or decides to disconnect the pins. */
  void decide(WaitEndedException waitEnded) throws WaitEndedException {
    if (unmapping.onDeadline() != OnDeadline.DISCONNECT
        || waitEnded instanceof WaitInterruptedException) {
      throw waitEnded;
    }
    cause = waitEnded;
    if (kind.operation() == UnmapOperation.CLOSE) {
      mark();
    }
  }

  boolean isDecided() {
    return cause != null;
  }

  /** Returns the wait that ended, for a page that can't be disconnected. */
  WaitEndedException cause() {
    if (cause == null) {
      throw new IllegalStateException("nothing is to be disconnected");
    }
    return cause;
  }

  /**
   * The short pins of a range, translations among them.
   *
   * @param writers how many of them write, by page
   * @param count all of them
   */
  private record ShortPins(Map<Long, Integer> writers, int count) {}

  /** Counts them; with the gates shut they only get fewer. */
  private ShortPins countShortPins() {
    Map<Long, Integer> writers = new HashMap<>();
    int count = 0;
    PageIndex index = operation.space().index();
    long end = operation.endPage();
    index.lock();
    try {
      for (long page = index.next(operation.firstPage(), end, null);
          page >= 0;
          page = index.next(page + 1, end, null)) {
        PagePins on = PageWord.pins(mm.words().load(Slot.frame(index.slotLocked(page))));
        count += on.shortReads() + on.shortWrites();
        if (on.shortWrites() > 0) {
          writers.put(page, on.shortWrites());
        }
      }
    } finally {
      index.unlock();
    }
    return new ShortPins(writers, count);
  }

  /** The range will be forced. */
  void beforeForce() {
    if (isDecided()) {
      shortPins = countShortPins();
      reported =
          mm.holders().reported(operation.space(), operation.pageStart(), operation.pageEnd());
    }
  }

  /** Marks the pins after a force, with the pages frozen; false if it came too early. */
  boolean tryMark() {
    if (!isDecided() || shortPins == null || reported == null) {
      return true;
    }
    ShortPins left = countShortPins();
    if (!left.writers.equals(shortPins.writers)) {
      return false; // what one wrote that has ended may not have been copied
    }
    shortPins = left;
    if (pins == null) {
      pins = mm.holders().disconnectIfQuiet(reported);
    }
    return pins != null;
  }

  /** Returns how many short pins were left when the pages were marked. */
  int shortPins() {
    return shortPins == null ? 0 : shortPins.count;
  }

  /** Marks the pins, if that was decided and is not done; nothing can fail any more. */
  void mark() {
    if (isDecided() && pins == null) {
      pins = mm.holders().disconnect(operation.space(), operation.pageStart(), operation.pageEnd());
    }
  }

  boolean includes(HeldPin pin) {
    return pins != null && pins.contains(pin);
  }

  List<HolderInfo> holders() {
    return pins == null ? List.of() : pins.stream().map(HeldPin::info).toList();
  }
}
