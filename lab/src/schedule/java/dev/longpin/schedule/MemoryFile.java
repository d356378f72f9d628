package dev.longpin.schedule;

import dev.longpin.api.StoreException;
import dev.longpin.api.StoreException.Kind;
import dev.longpin.base.Seam;
import dev.longpin.base.Step;
import dev.longpin.spi.Store;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A file in memory, for scenarios. It records every write, fails when told to, and knows what a power
 * cut would leave. Every call begins with a step of the seam, and a change has another before it
 * lands, so that a scheduler can let others run meanwhile.
 *
 * <p>What it was asked to do and no cache may ask is in {@link #violations}: two writes of the same
 * bytes at once, bytes that change while they are written (I4), a write that lands after a cut of
 * its range (H19), a write to blocks without space (I7), a page that was dropped before it was
 * synced (I3).
 *
 * <p>As the kernel does after a failed fdatasync, it forgets what was written since the last good
 * one.
 */
public final class MemoryFile {

  /** The unit in which space is allocated. */
  public static final int BLOCK_SIZE = 4096;

  /** The calls that are counted and that can fail. */
  public enum Call {
    READ,
    WRITE,
    SYNC,
    TRUNCATE,
    PUNCH_HOLE,
    RESERVE,
    DELETE
  }

  /** One write as it landed. */
  public record Written(long offset, byte[] bytes) {}

  private static final class Flight {
    final long start;
    final long end;
    boolean cut;

    Flight(long start, long end) {
      this.start = start;
      this.end = end;
    }

    boolean overlaps(long from, long to) {
      return start < to && from < end;
    }
  }

  /** A change that an fdatasync makes durable; {@code bytes} is null for a cut. */
  private record Change(
      long offset, long length, byte @Nullable [] bytes, long sizeAfter) {}

  private final Path path;
  private byte[] current;
  private byte[] durable;
  private List<Change> unsynced = new ArrayList<>();
  private final BitSet reserved = new BitSet();
  private final List<Flight> flights = new ArrayList<>();
  private final List<Written> writes = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private final Map<Call, Integer> counts = new EnumMap<>(Call.class);
  private final Map<Call, Kind> failing = new EnumMap<>(Call.class);
  private final Map<Call, Integer> failuresLeft = new EnumMap<>(Call.class);
  private long changes;
  private boolean syncing;

  MemoryFile(Path path, byte[] content) {
    this.path = path;
    current = content.clone();
    durable = content.clone();
    reserved.set(0, blockUp(content.length));
  }

  private static int blockUp(long bytes) {
    return (int) ((bytes + BLOCK_SIZE - 1) / BLOCK_SIZE);
  }

  /** Makes the next {@code times} calls fail, without effect. */
  public synchronized void failNext(Call call, int times, Kind kind) {
    failing.put(call, kind);
    failuresLeft.put(call, times);
  }

  /** Makes the next call fail with an error of the disk. */
  public void failNext(Call call) {
    failNext(call, 1, Kind.IO);
  }

  /** Returns how often it was called. */
  public synchronized int count(Call call) {
    return counts.getOrDefault(call, 0);
  }

  /** Returns the writes in the order in which they landed. */
  public synchronized List<Written> writes() {
    return List.copyOf(writes);
  }

  /** Returns what no cache may ask for. */
  public synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  /** Returns the content. */
  public synchronized byte[] content() {
    return current.clone();
  }

  /** Returns what a power cut now would leave. */
  public synchronized byte[] durableContent() {
    return durable.clone();
  }

  private void begin(Call call, long offset) throws StoreException {
    Seam.step(Step.OUTSIDE, call.name(), offset);
    synchronized (this) {
      counts.merge(call, 1, Integer::sum);
      int left = failuresLeft.getOrDefault(call, 0);
      if (left > 0) {
        failuresLeft.put(call, left - 1);
        throw new StoreException(
            failing.getOrDefault(call, Kind.IO), call + " of " + path + " failed on demand", null);
      }
    }
  }

  long read(MemorySegment target, long offset) throws StoreException {
    begin(Call.READ, offset);
    synchronized (this) {
      if (isUnsynced(offset, offset + target.byteSize())) {
        violations.add("I3: a page was dropped before it was synced, at " + offset);
      }
      int length = (int) Math.clamp(current.length - offset, 0, target.byteSize());
      MemorySegment.copy(
          current,
          (int) Math.min(offset, current.length),
          target,
          ValueLayout.JAVA_BYTE,
          0,
          length);
      return length;
    }
  }

  /** Returns whether an fdatasync must still make bytes of the range durable. */
  private boolean isUnsynced(long start, long end) {
    boolean found = flights.stream().anyMatch(flight -> flight.overlaps(start, end));
    for (Change change : unsynced) {
      if (change.bytes == null) {
        found = false; // a cut may have dropped the page; good enough here
      } else if (change.offset < end && start < change.offset + change.length) {
        found = true;
      }
    }
    return found;
  }

  void write(MemorySegment source, long offset) throws StoreException {
    begin(Call.WRITE, offset);
    Flight flight = new Flight(offset, offset + source.byteSize());
    byte[] first = source.toArray(ValueLayout.JAVA_BYTE);
    synchronized (this) {
      if (flights.stream().anyMatch(other -> other.overlaps(flight.start, flight.end))) {
        violations.add("I4: two writes at once of [" + flight.start + ", " + flight.end + ")");
      }
      flights.add(flight);
    }
    Seam.step(Step.OUTSIDE, "WRITE lands", offset);
    byte[] bytes = source.toArray(ValueLayout.JAVA_BYTE);
    synchronized (this) {
      flights.remove(flight);
      if (!Arrays.equals(first, bytes)) {
        violations.add("I4: bytes changed while they were written at " + offset);
      }
      if (flight.cut) {
        violations.add("H19: a write at " + offset + " landed after the cut of its range");
      }
      int firstBlock = (int) (offset / BLOCK_SIZE);
      if (reserved.nextClearBit(firstBlock) < blockUp(flight.end)) {
        violations.add("I7: a write at " + offset + " to blocks without space");
      }
      writes.add(new Written(offset, bytes));
      apply(new Change(offset, bytes.length, bytes, Math.max(current.length, flight.end)));
    }
  }

  void truncate(long sizeBytes) throws StoreException {
    begin(Call.TRUNCATE, sizeBytes);
    synchronized (this) {
      cut(sizeBytes, Long.MAX_VALUE);
      reserved.clear(blockUp(sizeBytes), Math.max(reserved.length(), blockUp(sizeBytes)));
      apply(new Change(0, 0, null, sizeBytes));
    }
  }

  void punchHole(long offset, long lengthBytes) throws StoreException {
    begin(Call.PUNCH_HOLE, offset);
    synchronized (this) {
      cut(offset, offset + lengthBytes);
      int firstBlock = blockUp(offset);
      int endBlock = (int) ((offset + lengthBytes) / BLOCK_SIZE);
      if (firstBlock < endBlock) {
        reserved.clear(firstBlock, endBlock);
      }
      apply(new Change(offset, lengthBytes, null, current.length));
    }
  }

  private void cut(long from, long to) {
    for (Flight flight : flights) {
      flight.cut |= flight.overlaps(from, to);
    }
  }

  private void apply(Change change) {
    changes++;
    current = applied(current, change);
    unsynced.add(change);
  }

  private static byte[] applied(byte[] content, Change change) {
    byte[] next = Arrays.copyOf(content, Math.toIntExact(change.sizeAfter));
    if (change.bytes != null) {
      System.arraycopy(change.bytes, 0, next, (int) change.offset, change.bytes.length);
    } else {
      int from = (int) Math.min(change.offset, next.length);
      Arrays.fill(next, from, (int) Math.min(change.offset + change.length, next.length), (byte) 0);
    }
    return next;
  }

  void sync() throws StoreException {
    List<Change> taken;
    synchronized (this) {
      if (syncing) {
        violations.add("two fdatasyncs at once");
      }
      syncing = true;
      taken = unsynced;
      unsynced = new ArrayList<>();
    }
    boolean good = false;
    try {
      begin(Call.SYNC, 0);
      good = true;
    } finally {
      synchronized (this) {
        syncing = false;
        if (!good) { // what landed meanwhile may be lost as well
          taken.addAll(unsynced);
          unsynced = new ArrayList<>();
        }
        for (Change change : taken) {
          if (good || change.bytes == null) {
            durable = applied(durable, change);
          }
        }
      }
    }
  }

  void reserve(long offset, long lengthBytes) throws StoreException {
    begin(Call.RESERVE, offset);
    synchronized (this) {
      reserved.set((int) (offset / BLOCK_SIZE), blockUp(offset + lengthBytes));
    }
  }

  void delete() throws StoreException {
    begin(Call.DELETE, 0);
  }

  synchronized Store.Stamp stamp() {
    return new Store.Stamp(current.length, changes, changes);
  }

  Path path() {
    return path;
  }
}
