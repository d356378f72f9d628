package dev.longpin.spi;

import dev.longpin.api.FileClosedException;
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
public final class AsyncStores implements StoreProvider {

  private final StoreProvider stores;
  private final EventCount ended = new EventCount();

  /** How many reads may start yet; negative: the next start throws. */
  private volatile int room = Integer.MAX_VALUE;

  /** Makes one whose reads go to {@code stores}. */
  public AsyncStores(StoreProvider stores) {
    this.stores = stores;
  }

  /** Sets how many reads may start from now on; negative: the next start throws. */
  public void setRoom(int reads) {
    room = reads;
    ended.signalAll();
  }

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

  private final class AsyncStore extends ForwardingStore {

    private final Store store;

    AsyncStore(Store store) {
      super(store);
      this.store = store;
    }

    @Override
    public boolean isAsync() {
      return true;
    }

    @Override
    public boolean canStartRead() {
      return room > 0;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // set by tests that read from one thread
    public boolean startRead(MemorySegment target, long offset, ReadEnd end) {
      if (room < 0) {
        room = Integer.MAX_VALUE;
        throw new FileClosedException("closed meanwhile");
      }
      if (room == 0) {
        return false;
      }
      room--;
      Seam.startTask(
          "read",
          () -> {
            boolean _ = store.startRead(target, offset, end);
            ended.signalAll();
          });
      return true;
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
