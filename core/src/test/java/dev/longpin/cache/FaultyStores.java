package dev.longpin.cache;

import dev.longpin.api.FileClosedException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.spi.Store;
import dev.longpin.spi.Store.Feature;
import dev.longpin.spi.StoreProvider;
import dev.longpin.store.FileChannelStoreProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Stores of real files that fail or stop when a test says so. The files of one provider have one
 * journal of calls, and what no cache may ask for is in {@link #violations}.
 *
 * <p>An fdatasync is noted, and not passed on: no test cuts the power.
 */
final class FaultyStores implements StoreProvider {

  /** The calls that are noted, and can fail and be stopped. */
  enum Call {
    READ,
    WRITE,
    SYNC,
    TRUNCATE,
    PUNCH_HOLE,
    RESERVE,
    DELETE,
    CLOSE
  }

  /** A call that ended well; the checksum is that of the bytes of a write. */
  record Event(Call call, long offset, long lengthBytes, long checksum) {
    long end() {
      return offset + lengthBytes;
    }
  }

  /** A call that was stopped: it has begun, and goes on when it is told to. */
  static final class Stop {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    /** Waits until the call has come. */
    void awaitReached() throws InterruptedException {
      if (!reached.await(Later.PATIENCE.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new AssertionError("the call that was to be stopped never came");
      }
    }

    void letGo() {
      open.countDown();
    }

    private void pass() {
      reached.countDown();
      boolean interrupted = false;
      while (open.getCount() > 0) {
        try {
          open.await();
        } catch (InterruptedException e) {
          interrupted = true; // a store's call survives it
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** How a call fails; without a kind as no store should, by a bug. */
  private record Failure(StoreException.@Nullable Kind kind, boolean afterwards, int times) {}

  private final StoreProvider real = new FileChannelStoreProvider();
  private final Set<Feature> features = EnumSet.of(Feature.RESERVE, Feature.PUNCH_HOLE);
  private final Map<Call, Failure> failures = new EnumMap<>(Call.class);
  private final Map<Call, Stop> stops = new EnumMap<>(Call.class);
  private final List<Stop> stopped = new ArrayList<>();
  private final List<Event> events = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private final Map<Path, LongSupplier> sizes = new HashMap<>();
  private int syncedEvents;
  private int failed;

  /** Makes the files opened from now on lack a feature. */
  synchronized void lack(Feature feature) {
    features.remove(feature);
  }

  /** Says how large a file is, so that a write beyond its end is a violation (I10). */
  synchronized void watchSize(Path path, LongSupplier size) {
    sizes.put(path, size);
  }

  /** Makes the next {@code times} calls fail without effect. */
  synchronized void failNext(Call call, int times, StoreException.Kind kind) {
    failures.put(call, new Failure(kind, false, times));
  }

  /** Makes the next call fail without effect, with an error of the disk. */
  void failNext(Call call) {
    failNext(call, 1, StoreException.Kind.IO);
  }

  /** Makes all calls fail, until {@link #heal}. */
  void failAlways(Call call, StoreException.Kind kind) {
    failNext(call, Integer.MAX_VALUE, kind);
  }

  /** Makes the next call fail after it has done what it was to do. */
  synchronized void failNextAfterwards(Call call) {
    failures.put(call, new Failure(StoreException.Kind.IO, true, 1));
  }

  /** Makes the next call throw what no store should throw, without effect. */
  synchronized void throwNext(Call call) {
    failures.put(call, new Failure(null, false, 1));
  }

  /** Returns how many calls failed so far. */
  synchronized int failures() {
    return failed;
  }

  /** Ends all failing, and lets go what was stopped. */
  synchronized void heal() {
    failures.clear();
    stops.clear();
    stopped.forEach(Stop::letGo);
  }

  /** Stops the next call before it does anything. */
  synchronized Stop stopNext(Call call) {
    Stop stop = new Stop();
    stops.put(call, stop);
    stopped.add(stop);
    return stop;
  }

  /** Returns what was called so far. */
  synchronized List<Event> events() {
    return List.copyOf(events);
  }

  /** Returns the calls of a kind so far. */
  List<Event> events(Call call) {
    return events().stream().filter(event -> event.call == call).toList();
  }

  int count(Call call) {
    return events(call).size();
  }

  /** Returns the calls of a kind since there were {@code mark} of any kind. */
  synchronized List<Event> since(int mark, Call call) {
    return events.subList(mark, events.size()).stream()
        .filter(event -> event.call == call)
        .toList();
  }

  /** Returns the writes that no good fdatasync has followed. */
  synchronized List<Event> unsyncedWrites() {
    return events.subList(syncedEvents, events.size()).stream()
        .filter(event -> event.call == Call.WRITE)
        .toList();
  }

  /** Returns what no cache may ask for: with a number of the guarantee that it breaks. */
  synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  synchronized void violation(String what) {
    violations.add(what);
  }

  /** The size that the cache has given a file. */
  long sizeBytes(Path path) {
    LongSupplier size;
    synchronized (this) {
      size = sizes.getOrDefault(path, () -> Long.MAX_VALUE);
    }
    try {
      return size.getAsLong();
    } catch (FileClosedException e) {
      return Long.MAX_VALUE; // nobody can ask any more
    }
  }

  /** A call begins: stops, and fails if it is to fail at once. */
  boolean begin(Call call) throws StoreException {
    Stop stop;
    synchronized (this) {
      stop = stops.remove(call);
    }
    if (stop != null) {
      stop.pass();
    }
    synchronized (this) {
      Failure failure = failures.remove(call);
      if (failure == null) {
        return false;
      }
      if (failure.times > 1) {
        failures.put(call, new Failure(failure.kind, failure.afterwards, failure.times - 1));
      }
      failed++;
      if (failure.kind == null) {
        throw new IllegalStateException("a bug, as the test demands");
      }
      if (!failure.afterwards) {
        throw failed(call, failure.kind);
      }
      return true;
    }
  }

  static StoreException failed(Call call, StoreException.Kind kind) {
    return new StoreException(kind, call + " fails as the test demands", null);
  }

  /** Returns how many calls ended well so far, for {@link #since}. */
  synchronized int mark() {
    return events.size();
  }

  synchronized void end(Event event, int eventsAtBegin) {
    if (event.call == Call.SYNC) {
      syncedEvents = eventsAtBegin;
    }
    events.add(event);
  }

  @Override
  public String name() {
    return "faulty";
  }

  @Override
  public int rank() {
    return -1;
  }

  @Override
  public boolean isAvailable() {
    return true;
  }

  @Override
  public Store open(Path path, OpenMode mode) throws StoreException {
    Store store = real.open(path, mode);
    synchronized (this) {
      return new FaultyStore(this, store, EnumSet.copyOf(features));
    }
  }
}
