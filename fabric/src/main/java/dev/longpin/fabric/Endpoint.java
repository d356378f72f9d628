package dev.longpin.fabric;

import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.base.Seam;
import dev.longpin.fabric.FabricException.Kind;
import dev.longpin.fabric.lib.ActiveEndpoint;
import dev.longpin.fabric.lib.FabricCallException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A connection to one peer, with one-sided reads and writes of its memory. Safe for use by several
 * threads.
 */
public final class Endpoint implements AutoCloseable {

  private static final int CONNECTING = 0;
  private static final int CONNECTED = 1;
  private static final int GONE = 2;

  private final Fabric fabric;
  private final ActiveEndpoint endpoint;
  private final String peer;
  private final Fence fence;
  private final EventCount changed = new EventCount();
  private final Mutex lock = new Mutex(LockRank.DEVICE); // for each call, so that none is too late
  private boolean closed; // under the lock
  private volatile int state = CONNECTING;
  private volatile @Nullable FabricException reason;

  Endpoint(Fabric fabric, ActiveEndpoint endpoint, String peer) throws FabricException {
    this.fabric = fabric;
    this.endpoint = endpoint;
    this.peer = peer;
    this.fence = new Fence(this, fabric);
  }

  ActiveEndpoint endpoint() {
    return endpoint;
  }

  /** Makes it ready to connect. */
  void open() throws FabricException {
    fabric.enable(endpoint);
    lock.lock();
    try {
      fence.begin();
    } finally {
      lock.unlock();
    }
  }

  void connected() {
    lock.lock();
    try {
      if (!closed) {
        state = CONNECTED;
      }
    } finally {
      lock.unlock();
    }
    changed.signalAll();
  }

  void awaitConnected(Deadline deadline) throws FabricException, InterruptedException {
    while (state == CONNECTING) {
      int ticket = changed.ticket();
      if (state == CONNECTING && !changed.await(ticket, deadline)) {
        throw new FabricException(
            Kind.TIMED_OUT,
            "connection to " + peer + " after " + deadline.elapsed().toMillis() + " ms");
      }
    }
    if (state == GONE) {
      throw gone("connection");
    }
  }

  boolean isGone() {
    return state == GONE;
  }

  /** Returns whether requests can be made. */
  public boolean isConnected() {
    return state == CONNECTED;
  }

  /**
   * Begins to read from the peer's memory.
   *
   * @param local a region of this fabric, of which {@code [localOffset, localOffset + lengthBytes)}
   *     gets the bytes
   * @throws FabricException if the connection is gone; nothing was begun
   * @throws IndexOutOfBoundsException if either range does not fit; likewise
   * @throws InterruptedException if interrupted while the queue was full; likewise
   */
  public Transfer startRead(
      Region local, long localOffset, RemoteMemory remote, long remoteOffset, long lengthBytes)
      throws FabricException, InterruptedException {
    MemorySegment to = local.memory().asSlice(localOffset, lengthBytes);
    long address = remote.at(remoteOffset, lengthBytes);
    return start(
        "read",
        number -> endpoint.read(to, local.registration(), address, remote.key(), number));
  }

  /** Begins to write to the peer's memory; parameters and errors as for {@link #startRead}. */
  public Transfer startWrite(
      Region local, long localOffset, RemoteMemory remote, long remoteOffset, long lengthBytes)
      throws FabricException, InterruptedException {
    MemorySegment from = local.memory().asSlice(localOffset, lengthBytes);
    long address = remote.at(remoteOffset, lengthBytes);
    return start(
        "write",
        number -> endpoint.write(from, local.registration(), address, remote.key(), number));
  }

  /** Reads from the peer's memory, and waits for it; see {@link #startRead}. */
  public void read(
      Region local,
      long localOffset,
      RemoteMemory remote,
      long remoteOffset,
      long lengthBytes,
      Duration wait)
      throws FabricException, InterruptedException {
    startRead(local, localOffset, remote, remoteOffset, lengthBytes).await(wait);
  }

  /** Writes to the peer's memory, and waits for it; see {@link #startRead}. */
  public void write(
      Region local,
      long localOffset,
      RemoteMemory remote,
      long remoteOffset,
      long lengthBytes,
      Duration wait)
      throws FabricException, InterruptedException {
    startWrite(local, localOffset, remote, remoteOffset, lengthBytes).await(wait);
  }

  /**
   * Waits until every transfer is over that the peer had begun before it answered this: after a
   * {@link Region} was closed, and this came back, no access of this peer reaches its memory. What
   * it needs of the provider: that requests and messages of one connection are done in the order in
   * which they came, as on {@code tcp}, where to close a region does not stop what is in flight.
   *
   * @throws FabricException TIMED_OUT if the peer did not answer, as one need not: then {@link
   *     #close} the endpoint, which no peer can hold up
   */
  public void fence(Duration wait) throws FabricException, InterruptedException {
    fence.await(Deadline.after(wait));
  }

  /** A call that begins a request. */
  @FunctionalInterface
  interface Post {
    long with(long number);
  }

  Transfer start(String what, Post post) throws FabricException, InterruptedException {
    Transfer transfer = fabric.transfers().begin(what, this);
    boolean begun = false;
    try {
      long result = post(what, post, transfer);
      while (ActiveEndpoint.isBusy(result)) {
        fabric.progress().poll();
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        Seam.pause();
        result = post(what, post, transfer);
      }
      if (result < 0) {
        throw Failures.of(new FabricCallException(what + " with " + peer, result));
      }
      begun = true;
      return transfer;
    } finally {
      if (!begun) {
        fabric.transfers().forget(transfer);
      }
    }
  }

  /** Begins a request if the queue has room; with the lock. */
  @Nullable Transfer tryStart(String what, Post post) {
    Transfer transfer = fabric.transfers().begin(what, this);
    if (post.with(transfer.number()) < 0) {
      fabric.transfers().forget(transfer);
      return null;
    }
    return transfer;
  }

  private long post(String what, Post post, Transfer transfer) throws FabricException {
    lock.lock();
    try {
      if (closed) {
        throw gone(what);
      }
      return post.with(transfer.number());
    } finally {
      lock.unlock();
    }
  }

  /** Lets the provider go on until a request has ended, or for as long as that is worth it. */
  void poll(Transfer transfer) {
    fabric.progress().pollUntil(transfer::isDone);
  }

  /** A request has ended. */
  void ended(Transfer transfer, long lengthBytes, int error) {
    lock.lock();
    try {
      if (!closed) {
        fence.ended(transfer, lengthBytes, error);
      }
    } finally {
      lock.unlock();
    }
  }

  FabricException gone(String what) {
    FabricException why = reason;
    return why == null
        ? new FabricException(Kind.CLOSED, what + " with " + peer + ": it was closed")
        : new FabricException(why.kind(), what + " with " + peer + ": " + why.getMessage(), why);
  }

  /** The connection ended, or there never was one. */
  void end(FabricException why) {
    if (reason == null) {
      reason = why;
    }
    close();
  }

  /**
   * Closes the connection. When this returns no access of the peer reaches memory here, and none of
   * a transfer of this endpoint, whatever the peer does: the provider accesses memory only from its
   * calls, and forgets the connection under the lock that those have.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      state = GONE;
      int _ = endpoint.shutdown(); // so that the peer learns of it at once
      int _ = endpoint.close();
    } finally {
      lock.unlock();
    }
    fabric.forget(this);
    fabric.transfers().abandon(this);
    fence.close();
    changed.signalAll();
  }

  @Override
  public String toString() {
    return peer;
  }
}
