package dev.longpin.sim;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Receives over TCP on loopback what {@link SendDevice}s send, and stalls on purpose: before each
 * little that it reads it waits for some time. One thread a connection.
 */
public final class SlowReceiver implements AutoCloseable {

  /** Takes a message that arrived whole. */
  @FunctionalInterface
  public interface Sink {
    /** Takes the bytes that were pinned at {@code offset}; they are the caller's again after. */
    void received(long offset, MemorySegment bytes);
  }

  private static final int BITE_BYTES = 8 << 10;

  private final ServerSocketChannel server;
  private final long maxStallNanos;
  private final SplittableRandom random;
  private final Sink sink;
  private final Consumer<Throwable> onFailure;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Map<SocketChannel, Thread> connections = new HashMap<>();
  private final Thread acceptor;

  /**
   * Listens on a free port.
   *
   * @param maxStall how long it stalls at most before it reads on
   * @param onFailure is told what the sink threw
   */
  public SlowReceiver(Duration maxStall, long seed, Sink sink, Consumer<Throwable> onFailure)
      throws IOException {
    this.maxStallNanos = maxStall.toNanos();
    this.random = new SplittableRandom(seed);
    this.sink = sink;
    this.onFailure = onFailure;
    server = ServerSocketChannel.open();
    server.setOption(StandardSocketOptions.SO_RCVBUF, SendDevice.SOCKET_BUFFER_BYTES);
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    acceptor = Thread.ofPlatform().name("receiver").daemon().start(this::accept);
  }

  /** Returns where it listens. */
  public SocketAddress address() throws IOException {
    return server.getLocalAddress();
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel connection = server.accept();
        SplittableRandom stalls = random.split();
        synchronized (connections) {
          if (closing.getCount() == 0) {
            connection.close();
            return;
          }
          Thread reader =
              Thread.ofPlatform()
                  .name("receiver of " + connection.getRemoteAddress())
                  .daemon()
                  .unstarted(() -> receiveAll(connection, stalls));
          connections.put(connection, reader);
          reader.start();
        }
      }
    } catch (IOException e) {
      if (closing.getCount() != 0) {
        onFailure.accept(e);
      }
    }
  }

  private void receiveAll(SocketChannel connection, SplittableRandom stalls) {
    try (connection) {
      ByteBuffer header = ByteBuffer.allocate(SendDevice.HEADER_BYTES);
      while (read(connection, header.clear(), stalls)) {
        long offset = header.flip().getLong();
        ByteBuffer body = ByteBuffer.allocate(header.getInt());
        if (!read(connection, body, stalls)) {
          return;
        }
        sink.received(offset, MemorySegment.ofBuffer(body.flip()));
      }
    } catch (IOException e) {
      // The connection was reset: what has arrived of the message is no message.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      onFailure.accept(e);
    } finally {
      synchronized (connections) {
        connections.remove(connection);
      }
    }
  }

  /** Fills the buffer, slowly; false if the sender is gone, or this is being closed. */
  private boolean read(SocketChannel connection, ByteBuffer target, SplittableRandom stalls)
      throws IOException, InterruptedException {
    int end = target.limit();
    while (target.position() < end) {
      long stall = maxStallNanos == 0 ? 0 : stalls.nextLong(maxStallNanos);
      if (closing.await(stall, TimeUnit.NANOSECONDS)) {
        return false;
      }
      target.limit(Math.min(end, target.position() + BITE_BYTES));
      if (connection.read(target) < 0) {
        return false;
      }
    }
    return true;
  }

  /** Cuts every connection off and waits for its threads. */
  @Override
  public void close() throws IOException {
    closing.countDown();
    server.close();
    Threads.join(acceptor);
    cutOff();
  }

  /** Cuts the connections of now off: when this returns, no message of theirs will be received. */
  public void cutOff() throws IOException {
    Map<SocketChannel, Thread> rest;
    synchronized (connections) {
      rest = Map.copyOf(connections);
    }
    for (Map.Entry<SocketChannel, Thread> connection : rest.entrySet()) {
      connection.getKey().close();
      Threads.join(connection.getValue());
    }
  }
}
