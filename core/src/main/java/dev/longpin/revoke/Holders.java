package dev.longpin.revoke;

import dev.longpin.api.Holder;
import dev.longpin.api.HolderInfo;
import dev.longpin.api.PinState;
import dev.longpin.api.Revocation;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.page.AddressSpace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Every long-term pin of a cache, and the one count of them that the limits are held against: a
 * page pinned twice counts twice (I8, H16).
 */
public final class Holders {

  private final Mutex lock = new Mutex(LockRank.HOLDERS);
  private final Set<HeldPin> pins = new LinkedHashSet<>();
  private final Map<Holder, Long> chargedByHolder = new HashMap<>();
  private final LongSupplier limitPages;
  private final LongSupplier limitPerHolderPages;
  private long chargedPages;
  private long disconnections;
  private final Keys keys;

  /**
   * Makes an empty registry.
   *
   * @param limitPages the limit as it is now; what was charged when it was higher stays
   * @param limitPerHolderPages likewise
   */
  public Holders(
      LongSupplier limitPages, LongSupplier limitPerHolderPages, Duration keyQuarantine) {
    this.keys = new Keys(keyQuarantine);
    this.limitPages = limitPages;
    this.limitPerHolderPages = limitPerHolderPages;
  }

  /** Charges a holder for a pin to come; false if that would exceed a limit. */
  public boolean tryCharge(Holder holder, long pageCount) {
    lock.lock();
    try {
      long own = chargedByHolder.getOrDefault(holder, 0L);
      if (pageCount > limitPages.getAsLong() - chargedPages
          || pageCount > limitPerHolderPages.getAsLong() - own) {
        return false;
      }
      chargedPages += pageCount;
      chargedByHolder.put(holder, own + pageCount);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Says what a pin needs and what is charged already, for a refusal. */
  public String use(Holder holder, long pageCount) {
    lock.lock();
    try {
      return "it needs "
          + pageCount
          + " pages; the holder has "
          + chargedByHolder.getOrDefault(holder, 0L)
          + " of "
          + limitPerHolderPages.getAsLong()
          + ", all together "
          + chargedPages
          + " of "
          + limitPages.getAsLong()
          + ";";
    } finally {
      lock.unlock();
    }
  }

  /** Takes back the charge of a pin that did not come about. */
  public void refund(Holder holder, long pageCount) {
    lock.lock();
    try {
      refundLocked(holder, pageCount);
    } finally {
      lock.unlock();
    }
  }

  private void refundLocked(Holder holder, long pageCount) {
    chargedPages -= pageCount;
    long own = chargedByHolder.getOrDefault(holder, 0L) - pageCount;
    if (own == 0) {
      chargedByHolder.remove(holder);
    } else {
      chargedByHolder.put(holder, own);
    }
  }

  /** Returns a key for a pin to come. */
  int takeKey() {
    return keys.take();
  }

  /** Adds a pin; one that comes when its file was closed is disconnected. */
  public void add(HeldPin pin) {
    lock.lock();
    try {
      pins.add(pin);
      if (pin.space().isAbandoned()) {
        disconnectLocked(pin, 0, Long.MAX_VALUE);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes back the key of a pin that was never added. */
  void discard(HeldPin pin) {
    keys.retire(pin.key());
  }

  /** The device answered quiesced: its pages go back. */
  void quiesce(HeldPin pin) {
    lock.lock();
    try {
      if (!pin.isActive()) {
        return;
      }
      pin.setState(PinState.QUIESCED);
    } finally {
      lock.unlock();
    }
    pin.unpinPages();
  }

  /** The device answered unmapped: the pin is over. */
  void unmap(HeldPin pin) {
    quiesce(pin);
    lock.lock();
    try {
      if (pin.state() != PinState.UNMAPPED) {
        pin.setState(PinState.UNMAPPED);
        pins.remove(pin);
        refundLocked(pin.holder(), pin.pageCount());
        keys.retire(pin.key());
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns the pins whose notice is to be given now; each is marked as being told. Those that are
   * being told already hear of it when their handler returns.
   */
  List<HeldPin> startTelling(Predicate<HeldPin> which, Revocation revocation) {
    lock.lock();
    try {
      List<HeldPin> started = new ArrayList<>();
      for (HeldPin pin : pins) {
        if (pin.handler() != null && which.test(pin) && pin.startTelling(revocation)) {
          started.add(pin);
        }
      }
      return started;
    } finally {
      lock.unlock();
    }
  }

  /** The handler of a pin returned; returns the notice that is to follow, if there is one. */
  @Nullable Revocation told(HeldPin pin) {
    lock.lock();
    try {
      return pin.told();
    } finally {
      lock.unlock();
    }
  }

  /** Returns the pins of {@code [start, end)} whose device has not answered quiesced. */
  public List<HolderInfo> active(AddressSpace space, long start, long end) {
    return infos(pin -> pin.space() == space && pin.isActive() && pin.overlaps(start, end));
  }

  /** Returns the irrevocable pins that {@code holder} itself has in {@code [start, end)}. */
  public List<HolderInfo> ownIrrevocable(AddressSpace space, long start, long end, Holder holder) {
    return infos(pin ->
        pin.space() == space
            && pin.isActive()
            && pin.overlaps(start, end)
            && pin.handler() == null
            && pin.holder().equals(holder));
  }

  /** Returns the pins of a file. */
  public List<HolderInfo> of(AddressSpace space) {
    return infos(pin -> pin.space() == space);
  }

  /** Returns every pin. */
  public List<HolderInfo> all() {
    return infos(pin -> true);
  }

  private List<HolderInfo> infos(Predicate<HeldPin> which) {
    lock.lock();
    try {
      return pins.stream().filter(which).map(HeldPin::info).toList();
    } finally {
      lock.unlock();
    }
  }

  /** Marks the active pins of {@code [start, end)} disconnected there, and returns them. */
  public List<HeldPin> disconnect(AddressSpace space, long start, long end) {
    lock.lock();
    try {
      List<HeldPin> disconnected = activeLocked(space, start, end);
      disconnected.forEach(pin -> disconnectLocked(pin, start, end));
      return disconnected;
    } finally {
      lock.unlock();
    }
  }

  /** Returns the active pins of a holder, each disconnected as a whole. */
  public List<HeldPin> disconnectAll(Holder holder) {
    lock.lock();
    try {
      List<HeldPin> all =
          pins.stream().filter(pin -> pin.isActive() && pin.holder().equals(holder)).toList();
      all.stream()
          .filter(pin -> !pin.isDisconnected())
          .forEach(pin -> disconnectLocked(pin, 0, Long.MAX_VALUE));
      return all;
    } finally {
      lock.unlock();
    }
  }

  /** What the holders of a range have reported so far. */
  public record Reported(AddressSpace space, long start, long end, Map<HeldPin, Long> counts) {}

  /** Returns what the holders of {@code [start, end)} have reported so far. */
  public Reported reported(AddressSpace space, long start, long end) {
    lock.lock();
    try {
      return reportedLocked(space, start, end);
    } finally {
      lock.unlock();
    }
  }

  private Reported reportedLocked(AddressSpace space, long start, long end) {
    Map<HeldPin, Long> counts = new LinkedHashMap<>();
    activeLocked(space, start, end).forEach(pin -> counts.put(pin, pin.reports()));
    return new Reported(space, start, end, counts);
  }

  /**
   * {@linkplain #disconnect Disconnects} the range, unless a holder has reported anything since:
   * that may be a write that nobody has copied yet.
   *
   * @return the pins, or null if nothing was disconnected
   */
  public @Nullable List<HeldPin> disconnectIfQuiet(Reported since) {
    lock.lock();
    try {
      if (!reportedLocked(since.space, since.start, since.end).counts.equals(since.counts)) {
        return null;
      }
      since.counts.keySet().forEach(pin -> disconnectLocked(pin, since.start, since.end));
      return List.copyOf(since.counts.keySet());
    } finally {
      lock.unlock();
    }
  }

  private List<HeldPin> activeLocked(AddressSpace space, long start, long end) {
    return pins.stream()
        .filter(pin -> pin.space() == space && pin.isActive() && pin.overlaps(start, end))
        .toList();
  }

  private void disconnectLocked(HeldPin pin, long start, long end) {
    if (!pin.isDisconnected()) {
      disconnections++;
    }
    pin.disconnect(start, end);
  }

  /**
   * The holder of {@code pin} reports that accesses to {@code [start, end)} of the file completed.
   *
   * @return whether all of the range is the file's
   */
  boolean report(HeldPin pin, long start, long end) {
    lock.lock();
    try {
      return pin.report(start, end);
    } finally {
      lock.unlock();
    }
  }

  /** Returns how many pins were disconnected so far. */
  public long disconnections() {
    lock.lock();
    try {
      return disconnections;
    } finally {
      lock.unlock();
    }
  }

  /** Returns how many pages are charged. */
  public long chargedPages() {
    lock.lock();
    try {
      return chargedPages;
    } finally {
      lock.unlock();
    }
  }
}
