package dev.longpin.revoke;

import dev.longpin.api.Holder;
import dev.longpin.api.HolderInfo;
import dev.longpin.api.PinState;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.page.AddressSpace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Every long-term pin of a cache, and the one count of them that the limits are held against: a
 * page pinned twice counts twice (I8, H16).
 */
public final class Holders {

  private final Mutex lock = new Mutex(LockRank.HOLDERS);
  private final Set<HeldPin> pins = new LinkedHashSet<>();
  private final Map<Holder, Long> chargedByHolder = new HashMap<>();
  private final long limitPages;
  private final long limitPerHolderPages;
  private long chargedPages;
  private long disconnections;

  /** Makes an empty registry with its limits, in pages. */
  public Holders(long limitPages, long limitPerHolderPages) {
    this.limitPages = limitPages;
    this.limitPerHolderPages = limitPerHolderPages;
  }

  /** Charges a holder for a pin to come; false if that would exceed a limit. */
  public boolean tryCharge(Holder holder, long pageCount) {
    lock.lock();
    try {
      long own = chargedByHolder.getOrDefault(holder, 0L);
      if (pageCount > limitPages - chargedPages || pageCount > limitPerHolderPages - own) {
        return false;
      }
      chargedPages += pageCount;
      chargedByHolder.put(holder, own + pageCount);
      return true;
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

  /** Adds a pin. */
  public void add(HeldPin pin) {
    lock.lock();
    try {
      pins.add(pin);
    } finally {
      lock.unlock();
    }
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
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns the pins whose notice is to be given now; each is marked as being told. */
  List<HeldPin> startTelling(Predicate<HeldPin> which) {
    lock.lock();
    try {
      List<HeldPin> started = new ArrayList<>();
      for (HeldPin pin : pins) {
        if (pin.handler() != null && which.test(pin) && pin.startTelling()) {
          started.add(pin);
        }
      }
      return started;
    } finally {
      lock.unlock();
    }
  }

  /** The handler of a pin returned. */
  void told(HeldPin pin) {
    lock.lock();
    try {
      pin.told();
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

  /** Marks the active pins of {@code [start, end)} disconnected, and returns them. */
  public List<HeldPin> disconnect(AddressSpace space, long start, long end) {
    lock.lock();
    try {
      List<HeldPin> disconnected = new ArrayList<>();
      for (HeldPin pin : pins) {
        if (pin.space() == space
            && pin.isActive()
            && !pin.isDisconnected()
            && pin.overlaps(start, end)) {
          pin.setDisconnected(true);
          disconnections++;
          disconnected.add(pin);
        }
      }
      return disconnected;
    } finally {
      lock.unlock();
    }
  }

  /** Takes a disconnection back: the operation failed, and the pages are those of the file. */
  public void reconnect(List<HeldPin> disconnected) {
    lock.lock();
    try {
      for (HeldPin pin : disconnected) {
        pin.setDisconnected(false);
        disconnections--;
      }
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
