package dev.longpin.revoke;

import dev.longpin.api.ShortPinInfo.Place;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.base.Seam;
import dev.longpin.page.AddressSpace;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.List;

/** In debug mode, where each short pin was taken: costs more than the pin itself. */
public final class ShortPinLedger {

  private record Entry(
      AddressSpace space,
      long firstPage,
      long endPage,
      long sinceNanos,
      String thread,
      List<StackTraceElement> takenAt) {}

  private final Mutex lock = new Mutex(LockRank.HOLDERS);
  private final IdentityHashMap<Object, Entry> entries = new IdentityHashMap<>();

  /** Notes that the calling thread took {@code pin}. */
  public void taken(Object pin, AddressSpace space, long firstPage, long endPage) {
    Entry entry =
        new Entry(
            space,
            firstPage,
            endPage,
            Seam.nanoTime(),
            Thread.currentThread().toString(),
            HeldPin.place());
    lock.lock();
    try {
      entries.put(pin, entry);
    } finally {
      lock.unlock();
    }
  }

  /** Notes that {@code pin} ended. */
  public void ended(Object pin) {
    lock.lock();
    try {
      entries.remove(pin);
    } finally {
      lock.unlock();
    }
  }

  /** Returns where the short pins of a page were taken. */
  public List<Place> places(AddressSpace space, long pageIndex) {
    lock.lock();
    try {
      return entries.values().stream()
          .filter(e -> e.space == space && e.firstPage <= pageIndex && pageIndex < e.endPage)
          .map(
              e -> new Place(Duration.ofNanos(Seam.nanoTime() - e.sinceNanos), e.thread, e.takenAt))
          .toList();
    } finally {
      lock.unlock();
    }
  }
}
