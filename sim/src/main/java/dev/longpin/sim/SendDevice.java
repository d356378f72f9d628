package dev.longpin.sim;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A device that sends pinned pages to a receiver over TCP. The receiver reads slowly or not at all,
 * so a send lasts as long as it likes; to stop the device is to reset the connection.
 */
public final class SendDevice implements AutoCloseable {

  /** What the receiver does with the bytes that came. */
  @FunctionalInterface
  public interface Receiver {
    /**
     * Takes what came so far.
     *
     * @return false to read no more: a stalled receiver
     */
    boolean received(ByteBuffer bytes);
  }

  private static final int SMALL_BUFFER = 16 << 10;

  private final ServerSocketChannel server;

  /** Listens on the loopback address. */
  public SendDevice() throws IOException {
    server = ServerSocketChannel.open();
    server.setOption(StandardSocketOptions.SO_RCVBUF, SMALL_BUFFER);
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  /** One send in progress. */
  public static final class Send {
    private final SocketChannel sender;
    private final SocketChannel receiver;
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();

    private Send(SocketChannel sender, SocketChannel receiver) {
      this.sender = sender;
      this.receiver = receiver;
    }

    /**
     * Completes when the device reads the memory no more: with true if all was sent, with false if
     * the connection was reset first.
     */
    public CompletableFuture<Boolean> ended() {
      return ended;
    }

    /** Stops the device: resets the connection. {@link #ended} says when it is quiesced. */
    public void reset() throws IOException {
      sender.close();
      receiver.close();
    }
  }

  /** Starts to send {@code memory}; what arrives goes to {@code receiver}. */
  public Send send(List<MemorySegment> memory, Receiver receiver) throws IOException {
    SocketChannel sender = SocketChannel.open();
    boolean connected = false;
    try {
      sender.setOption(StandardSocketOptions.SO_SNDBUF, SMALL_BUFFER);
      sender.setOption(StandardSocketOptions.SO_LINGER, 0);
      sender.connect(server.getLocalAddress());
      Send send = new Send(sender, server.accept());
      connected = true;
      ByteBuffer[] buffers =
          memory.stream().map(MemorySegment::asByteBuffer).toArray(ByteBuffer[]::new);
      Thread.ofPlatform().daemon().name("send-device").start(() -> write(send, buffers));
      Thread.ofPlatform().daemon().name("slow-receiver").start(() -> read(send, receiver));
      return send;
    } finally {
      if (!connected) {
        sender.close();
      }
    }
  }

  private static void write(Send send, ByteBuffer[] buffers) {
    boolean all = false;
    try {
      while (buffers[buffers.length - 1].hasRemaining()) {
        send.sender.write(buffers);
      }
      send.sender.shutdownOutput();
      all = true;
    } catch (IOException e) {
      all = false; // reset: that is how the device is stopped
    } finally {
      // The write call has returned: the kernel has copied what it was given.
      send.ended.complete(all);
    }
  }

  private static void read(Send send, Receiver receiver) {
    try {
      ByteBuffer bytes = ByteBuffer.allocate(SMALL_BUFFER);
      boolean more = true;
      while (more && send.receiver.read(bytes) >= 0) {
        more = receiver.received(bytes.flip());
        bytes.clear();
      }
      if (more) {
        send.reset();
      }
    } catch (IOException e) {
      closeReceiver(send); // reset while reading; only the sender knows when its device is quiesced
    }
  }

  private static void closeReceiver(Send send) {
    try {
      send.receiver.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
