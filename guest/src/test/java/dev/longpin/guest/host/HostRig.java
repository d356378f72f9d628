package dev.longpin.guest.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.base.Deadline;
import dev.longpin.cache.PageCaches;
import dev.longpin.contract.StoreTests;
import dev.longpin.guest.Guest;
import dev.longpin.guest.GuestHandler;
import dev.longpin.guest.socket.PacketSocket;
import dev.longpin.guest.wire.Codec;
import dev.longpin.guest.wire.Message;
import dev.longpin.guest.wire.Protocol;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;

/**
 * A host with a cache, and a file of which page {@code i} is full of the letter {@code 'A' + i}: as
 * "data" for reading and writing, and as "read" for reading only.
 */
public final class HostRig implements AutoCloseable {

  public static final int PAGE = 4096;
  public static final int PAGES = 16;
  public static final long MEMORY = 64 * PAGE;
  public static final Duration SOON = Duration.ofSeconds(20);

  public final Path path;
  public final Path socket;
  public final PageCache cache;
  public final CachedFile file;
  public final GuestHost host;

  /** Opens all of it, or skips the test where there is no memory that can be lent. */
  public HostRig(Path dir, GuestLimits limits) throws IOException {
    StoreTests.skipUnless(
        PageCaches.bestStores().getClass().getName().contains("linux"),
        "only the store of Linux has memory to lend");
    byte[] content = new byte[PAGES * PAGE];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) ('A' + i / PAGE);
    }
    path = Files.write(dir.resolve("file"), content);
    socket = dir.resolve("socket");
    cache = PageCaches.create(CacheConfig.ofSize(8 << 20, PAGE).withLendable(4 << 20));
    file = cache.open(path, OpenMode.WRITE);
    host =
        GuestHost.open(
            cache,
            socket,
            (_, name, writes) ->
                name.equals("data") || (name.equals("read") && !writes) ? file : null,
            limits);
  }

  /** Connects a guest of this process that may write. */
  public Guest guest(GuestHandler handler) throws IOException {
    return Guest.connect(socket, "test", MEMORY, true, handler);
  }

  /** Connects one that speaks in packets. */
  public Raw raw() throws IOException {
    return new Raw(PacketSocket.connect(socket));
  }

  /** One who sends what it likes. */
  public static final class Raw implements AutoCloseable {
    public final PacketSocket packets;

    Raw(PacketSocket packets) {
      this.packets = packets;
    }

    /** Sends a message and returns the next that comes. */
    public Message.OfHost ask(Message message) throws IOException {
      assertThat(packets.send(message, -1)).isPositive();
      return next();
    }

    public void send(Message message) {
      assertThat(packets.send(message, -1)).isPositive();
    }

    /** Returns the next message; null at the end. */
    public Message.OfHost next() throws IOException {
      ByteBuffer packet = ByteBuffer.allocate(Protocol.MAX_PACKET_BYTES);
      var received = packets.receive(packet, true);
      if (received.passed() >= 0) {
        PacketSocket.calls().files().close(received.passed());
      }
      return received.bytes() <= 0 ? null : Codec.decodeOfHost(packet);
    }

    public Message.Welcome hello() throws IOException {
      return (Message.Welcome) ask(new Message.Hello(1, MEMORY, true, "raw"));
    }

    @Override
    public void close() {
      packets.close();
    }
  }

  public byte read(long offset) throws IOException {
    byte[] one = new byte[1];
    assertThat(file.read(MemorySegment.ofArray(one), offset)).isEqualTo(1);
    return one[0];
  }

  /** Waits until something is so. */
  public static void eventually(Callable<Boolean> what) throws Exception {
    Deadline deadline = Deadline.after(SOON);
    while (!what.call()) {
      assertThat(deadline.passed()).as("not within %s", SOON).isFalse();
      Thread.sleep(1);
    }
  }

  /** Checks that nothing of any guest is left: memory, pins, frames, descriptors. */
  public void checkNothingIsLeft() throws Exception {
    eventually(() -> host.guests().isEmpty());
    assertThat(cache.holders()).isEmpty();
    assertThat(cache.stats().longtermPinnedPages()).isZero();
    assertThat(cache.stats().disconnectedFrames()).isZero();
    try (var all = cache.lend(new dev.longpin.api.Holder("all", "test"), 4 << 20)) {
      assertThat(all.segment().byteSize()).isEqualTo(4 << 20);
    }
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      assertThat(descriptors.map(HostRig::target).filter(name -> name.contains("longpin-lent")))
          .isEmpty();
    }
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "";
    }
  }

  /** Fills a segment with a letter. */
  public static void fill(MemorySegment segment, char letter) {
    segment.fill((byte) letter);
  }

  public static byte[] letters(char letter, int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) letter);
    return bytes;
  }

  @Override
  public void close() throws IOException {
    host.close();
    file.close();
    cache.close();
  }
}
