package dev.longpin.guest.host;

import dev.longpin.api.Holder;
import dev.longpin.api.HolderMemory;
import dev.longpin.api.LongtermPin;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.guest.wire.CutOffReason;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a session stands, and its pins.
 *
 * <pre>
 *   NEW ---- hello ----> OPEN ---- anything that ends it ----> ENDING ---- all is back ----> ENDED
 *    |                                                           |
 *    +-----------------------------------------------------------+
 * </pre>
 *
 * <p>Safe for use by several threads.
 */
final class GuestState {

  private enum State {
    NEW,
    OPEN,
    ENDING,
    ENDED
  }

  private final EventCount changed = new EventCount();
  private final Mutex lock = new Mutex(LockRank.STORE);

  // Under the lock.
  private State state = State.NEW;
  private Peer peer;
  private Holder holder;
  private @Nullable HolderMemory memory;
  private boolean writable;
  private CutOffReason reason = CutOffReason.GONE;
  private final Map<Integer, HostedPin> pins = new HashMap<>();

  GuestState(Peer peer, Holder holder) {
    this.peer = peer;
    this.holder = holder;
  }

  private <T extends @Nullable Object> T locked(Supplier<T> section) {
    lock.lock();
    try {
      return section.get();
    } finally {
      lock.unlock();
    }
  }

  /** Signals whenever something of this changes. */
  EventCount changed() {
    return changed;
  }

  /** Waits until something is so; as {@link Waiting#await} does. */
  boolean await(BooleanSupplier what, Deadline deadline) {
    return Waiting.await(changed, what, deadline);
  }

  // The session

  /** The guest has memory; false if the session is ending. */
  boolean tryOpen(Peer named, HolderMemory lent, boolean writes) {
    boolean open =
        locked(() -> {
          if (state != State.NEW) {
            return false;
          }
          state = State.OPEN;
          peer = named;
          holder = lent.holder();
          memory = lent;
          writable = writes;
          return true;
        });
    changed.signalAll();
    return open;
  }

  /** The end begins; false if it has begun before. */
  boolean tryEnd(CutOffReason why) {
    boolean first =
        locked(() -> {
          if (state.compareTo(State.ENDING) >= 0) {
            return false;
          }
          state = State.ENDING;
          reason = why;
          return true;
        });
    changed.signalAll();
    return first;
  }

  /** Nothing is left; returns why. */
  CutOffReason ended() {
    CutOffReason why =
        locked(() -> {
          state = State.ENDED;
          return reason;
        });
    changed.signalAll();
    return why;
  }

  boolean isNew() {
    return locked(() -> state == State.NEW);
  }

  boolean isEnding() {
    return locked(() -> state.compareTo(State.ENDING) >= 0);
  }

  /** Returns the memory of the guest, or null if it has none yet. */
  @Nullable HolderMemory memory() {
    return locked(() -> memory);
  }

  Peer peer() {
    return locked(() -> peer);
  }

  Holder holder() {
    return locked(() -> holder);
  }

  /** Returns whether the guest can change what is in its memory. */
  boolean isWritable() {
    return locked(() -> writable);
  }

  // Pins

  /**
   * Adds a pin, which the guest has not heard of; false if the session is ending: then it is
   * released with the others, when its pages are out of the guest's memory.
   */
  boolean add(HostedPin pin) {
    return locked(() -> {
      pins.put(pin.pin().key(), pin);
      return state == State.OPEN;
    });
  }

  void announced(HostedPin pin) {
    locked(() -> {
      pin.announce();
      return true;
    });
    changed.signalAll();
  }

  void remove(HostedPin pin) {
    var _ = locked(() -> pins.remove(pin.pin().key()));
    changed.signalAll();
  }

  List<HostedPin> removeAll() {
    return locked(() -> {
      List<HostedPin> all = List.copyOf(pins.values());
      pins.clear();
      return all;
    });
  }

  @Nullable HostedPin find(int key) {
    return locked(() -> pins.get(key));
  }

  /** Notes what the guest said of a pin; false if it had said as much. */
  boolean answer(HostedPin pin, HostedPin.Answer answer) {
    boolean news = locked(() -> pin.answer(answer));
    changed.signalAll();
    return news;
  }

  boolean is(HostedPin pin, Predicate<HostedPin> what) {
    return locked(() -> what.test(pin));
  }

  /** Returns the pin as the guest knows it, or null if it has not heard of it, or ended it. */
  @Nullable HostedPin findAnnounced(LongtermPin pin) {
    return locked(() -> {
      HostedPin found = pins.get(pin.key());
      return found != null && found.isAnnounced() ? found : null;
    });
  }

  /** Returns how it is now. */
  GuestInfo info() {
    return locked(() ->
        new GuestInfo(
            holder,
            peer,
            memory == null ? 0 : memory.segment().byteSize(),
            pins.size(),
            state.compareTo(State.ENDING) >= 0));
  }
}
