package dev.longpin.linux.send;

import dev.longpin.api.PinnedMemory;
import dev.longpin.base.Deadline;
import dev.longpin.base.Interrupts;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A connection that copies: the kernel has a page only while a write call runs. */
final class ChannelWire implements Wire {

  private final SocketChannel channel;

  /** That of the send under way: it keeps the channel from being closed until it is woken. */
  private volatile @Nullable Selector selector;

  private ChannelWire(SocketChannel channel) {
    this.channel = channel;
  }

  static ChannelWire connect(InetSocketAddress receiver, Duration timeout) throws IOException {
    SocketChannel channel = SocketChannel.open();
    boolean connected = false;
    try {
      channel.socket().connect(receiver, Math.clamp(timeout.toMillis(), 1, 1 << 30));
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      channel.configureBlocking(false);
      connected = true;
      return new ChannelWire(channel);
    } finally {
      if (!connected) {
        channel.close();
      }
    }
  }

  @Override
  public SendResult send(
      MemorySegment header, PinnedMemory pinned, Deadline deadline, Quiesced quiesced)
      throws InterruptedException {
    long sent = 0;
    SendResult.End end = SendResult.End.RESET;
    try (Selector selector = Selector.open()) {
      this.selector = selector;
      SelectionKey _ = channel.register(selector, SelectionKey.OP_WRITE);
      end = write(selector, header.asByteBuffer(), deadline) ? SendResult.End.SENT : timeOut();
      for (int i = 0; i < pinned.segmentCount() && end == SendResult.End.SENT; i++) {
        ByteBuffer buffer = pinned.unsafeSegment(i).asByteBuffer();
        try {
          end = write(selector, buffer, deadline) ? SendResult.End.SENT : timeOut();
        } finally {
          sent += buffer.position();
        }
      }
    } catch (IOException e) {
      reset();
      end = SendResult.End.RESET;
    } finally {
      quiesced.quiesced(); // no write call runs
    }
    if (Interrupts.take()) {
      reset();
      throw new InterruptedException();
    }
    return new SendResult(end, sent);
  }

  private SendResult.End timeOut() {
    reset();
    return SendResult.End.TIMED_OUT;
  }

  private boolean write(Selector selector, ByteBuffer buffer, Deadline deadline)
      throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.write(buffer) == 0) {
        long millis = deadline.remainingNanos() / 1_000_000;
        if (millis == 0) {
          return false;
        }
        int _ = selector.select(millis);
        selector.selectedKeys().clear();
      }
    }
    return true;
  }

  @Override
  public void reset() {
    try {
      channel.close(); // SO_LINGER is 0
    } catch (IOException e) {
      // It is closed all the same.
    }
    Selector waiting = selector;
    if (waiting != null) {
      waiting.wakeup();
    }
  }

  @Override
  public void close() {
    reset();
  }

  @Override
  public long sends() {
    return 0;
  }

  @Override
  public long copied() {
    return 0;
  }

  @Override
  public boolean isZeroCopy() {
    return false;
  }
}
