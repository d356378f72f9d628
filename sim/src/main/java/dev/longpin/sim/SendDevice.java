package dev.longpin.sim;

import dev.longpin.api.PinnedMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A device that sends pinned pages over TCP, straight from their memory. How long a send takes is
 * up to the receiver; to stop it is to reset the connection.
 *
 * <p>A message is eight bytes of offset, four of length, and the pinned bytes. One thread sends;
 * any thread may reset.
 */
public final class SendDevice implements AutoCloseable {

  /** Bytes before those of a message. */
  static final int HEADER_BYTES = Long.BYTES + Integer.BYTES;

  /** Small, so that a receiver that stalls is felt at once. */
  static final int SOCKET_BUFFER_BYTES = 16 << 10;

  private final SocketAddress receiver;
  private @Nullable SocketChannel connection;
  private boolean closed;

  /** Makes a device that connects to {@code receiver} when there is something to send. */
  public SendDevice(SocketAddress receiver) {
    this.receiver = receiver;
  }

  /**
   * Sends the pinned bytes. When this returns, or throws, the device is quiesced: it is out of the
   * write call, and the network has copies of what it took.
   *
   * @return false if the connection was reset before all was taken
   */
  public boolean send(PinnedMemory pinned) throws IOException {
    SocketChannel channel = connect();
    if (channel == null) {
      return false;
    }
    List<ByteBuffer> buffers = new ArrayList<>();
    buffers.add(
        ByteBuffer.allocate(HEADER_BYTES)
            .putLong(pinned.offset())
            .putInt(Math.toIntExact(pinned.lengthBytes()))
            .flip());
    for (MemorySegment segment : pinned.unsafeSegments()) {
      buffers.add(segment.asByteBuffer());
    }
    ByteBuffer[] message = buffers.toArray(ByteBuffer[]::new);
    try {
      while (message[message.length - 1].hasRemaining()) {
        channel.write(message);
      }
      return true;
    } catch (IOException e) {
      reset();
      return false;
    }
  }

  /**
   * Tells the device to stop: cuts the connection off. A send under way ends, on its own thread and
   * in its own time. The next send connects again.
   */
  public void reset() throws IOException {
    SocketChannel old;
    synchronized (this) {
      old = connection;
      connection = null;
    }
    if (old != null) {
      old.close(); // SO_LINGER is 0: what was not received is thrown away
    }
  }

  private @Nullable SocketChannel connect() throws IOException {
    synchronized (this) {
      if (closed) {
        return null;
      }
      if (connection == null) {
        connection = connectTo(receiver);
      }
      return connection;
    }
  }

  private static SocketChannel connectTo(SocketAddress receiver) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BUFFER_BYTES);
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      channel.connect(receiver);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (this) {
      closed = true;
    }
    reset();
  }
}
