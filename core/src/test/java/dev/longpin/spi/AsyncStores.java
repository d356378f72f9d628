package dev.longpin.spi;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.Seam;
import dev.longpin.store.ForwardingStore;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/** Stores whose reads go on by themselves, each on a thread of its own. */
public record AsyncStores(StoreProvider stores) implements StoreProvider {

  @Override
  public String name() {
    return stores.name();
  }

  @Override
  public int rank() {
    return stores.rank();
  }

  @Override
  public boolean isAvailable() {
    return stores.isAvailable();
  }

  @Override
  public Store open(Path path, OpenMode mode) throws StoreException {
    return new AsyncStore(stores.open(path, mode));
  }

  private static final class AsyncStore extends ForwardingStore {

    private final Store store;
    private final EventCount ended = new EventCount();

    AsyncStore(Store store) {
      super(store);
      this.store = store;
    }

    @Override
    public boolean isAsync() {
      return true;
    }

    @Override
    public void startRead(MemorySegment target, long offset, ReadEnd end) {
      Seam.startTask(
          "read",
          () -> {
            store.startRead(target, offset, end);
            ended.signalAll();
          });
    }

    @Override
    public boolean awaitEnd(BooleanSupplier done, Deadline deadline) throws InterruptedException {
      while (true) {
        int ticket = ended.ticket();
        if (done.getAsBoolean()) {
          return true;
        }
        if (!ended.await(ticket, deadline)) {
          return done.getAsBoolean();
        }
      }
    }
  }
}
