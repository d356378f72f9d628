package dev.longpin.cache;

import dev.longpin.api.StoreException;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.cache.FaultyStores.Event;
import dev.longpin.spi.Store;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/** One open file of {@link FaultyStores}. */
final class FaultyStore implements Store {

  private static final int BLOCK_SIZE = 4096;

  private static final class Flight {
    private final long start;
    private final long end;
    private boolean cut;

    Flight(long start, long end) {
      this.start = start;
      this.end = end;
    }

    boolean overlaps(long from, long to) {
      return start < to && from < end;
    }
  }

  /** The call itself. */
  @FunctionalInterface
  private interface Body {
    void run() throws StoreException;
  }

  private final FaultyStores stores;
  private final Store store;
  private final Set<Feature> features;
  private final List<Flight> flights = new ArrayList<>();
  private final BitSet reserved = new BitSet();
  private boolean syncing;

  FaultyStore(FaultyStores stores, Store store, Set<Feature> features) {
    this.stores = stores;
    this.store = store;
    this.features = features;
  }

  private void call(Call call, long offset, long length, Body body) throws StoreException {
    int before = stores.mark();
    boolean fails = stores.begin(call);
    body.run();
    if (fails) {
      throw FaultyStores.failed(call, StoreException.Kind.IO);
    }
    stores.end(new Event(call, offset, length, 0), before);
  }

  private static long checksum(MemorySegment bytes) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes.asByteBuffer());
    return checksum.getValue();
  }

  private static int blockUp(long bytes) {
    return (int) Math.min(Integer.MAX_VALUE, (bytes + BLOCK_SIZE - 1) / BLOCK_SIZE);
  }

  @Override
  public long read(MemorySegment target, long offset) throws StoreException {
    long[] read = new long[1];
    call(Call.READ, offset, target.byteSize(), () -> read[0] = store.read(target, offset));
    return read[0];
  }

  @Override
  public void write(MemorySegment source, long offset) throws StoreException {
    Flight flight = new Flight(offset, offset + source.byteSize());
    long checksum = checksum(source);
    synchronized (this) {
      if (flights.stream().anyMatch(other -> other.overlaps(flight.start, flight.end))) {
        stores.violation("I4: two writes at once of " + range(flight));
      }
      if (features.contains(Feature.RESERVE)
          && reserved.nextClearBit((int) (offset / BLOCK_SIZE)) < blockUp(flight.end)) {
        stores.violation("I7: a write to blocks without space at " + range(flight));
      }
      flights.add(flight);
    }
    if (flight.end > stores.sizeBytes(path())) {
      stores.violation("I10: a write past the end: " + range(flight));
    }
    try {
      boolean fails = stores.begin(Call.WRITE);
      store.write(source, offset);
      if (fails) {
        throw FaultyStores.failed(Call.WRITE, StoreException.Kind.IO);
      }
      if (checksum(source) != checksum) {
        stores.violation("I4: bytes changed while they were written: " + range(flight));
      }
      stores.end(new Event(Call.WRITE, offset, source.byteSize(), checksum), 0);
    } finally {
      synchronized (this) {
        flights.remove(flight);
        if (flight.cut) {
          stores.violation("H19: a write landed after the cut of its range: " + range(flight));
        }
      }
    }
  }

  private static String range(Flight flight) {
    return "[" + flight.start + ", " + flight.end + ")";
  }

  @Override
  public void sync() throws StoreException {
    synchronized (this) {
      if (syncing) {
        stores.violation("two fdatasyncs at once");
      }
      syncing = true;
    }
    try {
      call(Call.SYNC, 0, 0, () -> {});
    } finally {
      synchronized (this) {
        syncing = false;
      }
    }
  }

  @Override
  public void truncate(long sizeBytes) throws StoreException {
    call(
        Call.TRUNCATE,
        sizeBytes,
        0,
        () -> {
          if (sizeBytes < store.stamp().sizeBytes()) { // growth leaves what is reserved beyond
            cut(sizeBytes, Long.MAX_VALUE);
          }
          store.truncate(sizeBytes);
        });
  }

  @Override
  public void punchHole(long offset, long lengthBytes) throws StoreException {
    call(
        Call.PUNCH_HOLE,
        offset,
        lengthBytes,
        () -> {
          cut(offset, offset + lengthBytes);
          store.punchHole(offset, lengthBytes);
        });
  }

  private synchronized void cut(long from, long to) {
    for (Flight flight : flights) {
      flight.cut |= flight.overlaps(from, to);
    }
    int first = blockUp(from);
    int end = (int) Math.min(to / BLOCK_SIZE, Math.max(first, reserved.length()));
    if (first < end) {
      reserved.clear(first, end);
    }
  }

  @Override
  public void reserve(long offset, long lengthBytes) throws StoreException {
    call(
        Call.RESERVE,
        offset,
        lengthBytes,
        () -> {
          synchronized (this) {
            reserved.set((int) (offset / BLOCK_SIZE), blockUp(offset + lengthBytes));
          }
        });
  }

  @Override
  public void delete() throws StoreException {
    call(Call.DELETE, 0, 0, store::delete);
  }

  @Override
  public void close() throws StoreException {
    call(Call.CLOSE, 0, 0, store::close);
  }

  @Override
  public Path path() {
    return store.path();
  }

  @Override
  public Identity identity() {
    return store.identity();
  }

  @Override
  public Set<Feature> features() {
    return features;
  }

  @Override
  public int blockSize() {
    return store.blockSize();
  }

  @Override
  public Stamp stamp() throws StoreException {
    return store.stamp();
  }

  @Override
  public long nextData(long offset) throws StoreException {
    return store.nextData(offset);
  }
}
