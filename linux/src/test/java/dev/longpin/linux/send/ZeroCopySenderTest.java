package dev.longpin.linux.send;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Holder;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.Pin;
import dev.longpin.api.Unmapping;
import dev.longpin.base.Deadline;
import dev.longpin.cache.PageCaches;
import dev.longpin.contract.StoreTests;
import dev.longpin.linux.send.SendResult.End;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages of a file over TCP, without a copy and with one. */
@Timeout(60)
class ZeroCopySenderTest {

  private static final int PAGE = 4096;

  /** More than sockets take while nobody reads. */
  private static final int WHOLE = 8 << 20;

  private static final Holder HOLDER = new Holder("sender", "TCP");
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final MemorySegment NOTHING = MemorySegment.ofArray(new byte[0]);

  @TempDir private Path dir;
  private final byte[] content = new byte[WHOLE];
  private PageCache cache;
  private CachedFile file;
  private ServerSocket server;

  @BeforeEach
  void open() throws IOException {
    new Random(3).nextBytes(content);
    Path path = Files.write(dir.resolve("file"), content);
    cache = PageCaches.create(CacheConfig.ofSize(4L * WHOLE, PAGE));
    file = cache.open(path, OpenMode.WRITE);
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    server.setReceiveBufferSize(16 << 10);
  }

  @AfterEach
  void close() throws Exception {
    server.close();
    // Whatever a test did, no pin is left.
    long giveUp = System.nanoTime() + LONG.toNanos();
    while (!cache.holders().isEmpty() && System.nanoTime() < giveUp) {
      Thread.sleep(1);
    }
    assertThat(cache.holders()).isEmpty();
    file.evict(0, Long.MAX_VALUE, Unmapping.within(LONG));
    assertThat(cache.stats().longtermPinnedPages()).isZero();
    cache.close();
    assertThat(cache.stats().leakedFrames()).isZero();
  }

  private ZeroCopySender connect(boolean zeroCopy) throws IOException {
    InetSocketAddress to = (InetSocketAddress) server.getLocalSocketAddress();
    ZeroCopySender sender =
        zeroCopy ? ZeroCopySender.connect(to, LONG) : ZeroCopySender.connectPlain(to, LONG);
    if (zeroCopy && !sender.isZeroCopy()) {
      sender.close();
      StoreTests.skipUnless(false, "this kernel has no zero-copy send");
    }
    return sender;
  }

  private Future<byte[]> receive(Socket socket, int bytes) {
    var executor = Executors.newSingleThreadExecutor();
    try {
      return executor.submit(() -> socket.getInputStream().readNBytes(bytes));
    } finally {
      executor.shutdown();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatArrivesIsWhatWasPinned(boolean zeroCopy) throws Exception {
    try (ZeroCopySender sender = connect(zeroCopy);
        Socket receiver = server.accept()) {
      MemorySegment header = MemorySegment.ofArray(new byte[] {1, 2, 3});
      long sends = 0;
      for (int[] range :
          new int[][] {{0, 1}, {5, PAGE}, {PAGE, PAGE}, {4095, 2}, {777, 200_001}, {0, WHOLE}}) {
        int length = range[1];
        Future<byte[]> arrived = receive(receiver, 3 + length);
        SendResult result = sender.send(header, file, range[0], length, HOLDER, LONG);
        assertThat(result).isEqualTo(new SendResult(End.SENT, length));
        byte[] bytes = arrived.get(20, TimeUnit.SECONDS);
        assertThat(Arrays.copyOf(bytes, 3)).containsExactly(1, 2, 3);
        assertThat(Arrays.copyOfRange(bytes, 3, bytes.length))
            .isEqualTo(Arrays.copyOfRange(content, range[0], range[0] + length));
        assertThat(cache.holders()).isEmpty();
        sends++;
      }
      if (zeroCopy) {
        assertThat(sender.sends()).isGreaterThan(2 * sends);
        assertThat(sender.copied()).isBetween(0L, sender.sends());
      } else {
        assertThat(sender.sends()).isZero();
      }
    }
  }

  /** The result of a send is no reason to end the pin: the page is still in the sender's queue. */
  @Test
  void thePinEndsWithTheNotification() throws Exception {
    byte[] before = new byte[200_000]; // more than the receiver takes: the page waits behind it
    try (ZeroCopySender sender = connect(true);
        Socket receiver = server.accept()) {
      var executor = Executors.newSingleThreadExecutor();
      Future<SendResult> sent =
          executor.submit(
              () -> sender.send(MemorySegment.ofArray(before), file, 0, PAGE, HOLDER, LONG));
      executor.shutdown();
      Thread.sleep(300); // the socket has taken it long ago
      assertThat(sent.isDone()).isFalse();
      assertThat(cache.holders()).hasSize(1);
      assertThat(receiver.getInputStream().readNBytes(before.length)).isEqualTo(before);
      assertThat(receiver.getInputStream().readNBytes(PAGE))
          .isEqualTo(Arrays.copyOf(content, PAGE));
      assertThat(sent.get(20, TimeUnit.SECONDS)).isEqualTo(new SendResult(End.SENT, PAGE));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aTruncateCutsAStalledReceiverOff(boolean zeroCopy) throws Exception {
    try (ZeroCopySender sender = connect(zeroCopy);
        Socket receiver = server.accept()) {
      var executor = Executors.newSingleThreadExecutor();
      Future<SendResult> sent =
          executor.submit(() -> sender.send(NOTHING, file, 0, WHOLE, HOLDER, LONG));
      executor.shutdown();
      while (cache.holders().isEmpty() && !sent.isDone()) {
        Thread.onSpinWait();
      }
      Thread.sleep(200);
      assertThat(sent.isDone()).as("the receiver reads nothing").isFalse();
      assertThat(file.truncate(PAGE, Unmapping.within(Duration.ofSeconds(5))).revoked())
          .isEqualTo(1);
      assertThat(cache.holders()).isEmpty();
      assertThat(sent.get(5, TimeUnit.SECONDS).end()).isEqualTo(End.RESET);
      assertThat(sender.send(NOTHING, file, 0, 1, HOLDER, LONG).end()).isEqualTo(End.RESET);
      assertThatThrownBy(() -> receiver.getInputStream().readAllBytes())
          .isInstanceOf(IOException.class); // reset: it can't take what came for all there was
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDeadlineEndsTheWaitAndThenThePin(boolean zeroCopy) throws Exception {
    try (ZeroCopySender sender = connect(zeroCopy);
        Socket _ = server.accept()) {
      SendResult result = sender.send(NOTHING, file, 0, WHOLE, HOLDER, Duration.ofMillis(200));
      assertThat(result.end()).isEqualTo(End.TIMED_OUT);
      assertThat(result.sentBytes()).isLessThan(WHOLE);
    }
  }

  /** Nobody resets, so the kernel has the page until the receiver reads. */
  @Test
  void theKernelKeepsItsPagesBeyondTheDeadline() throws Exception {
    try (ZeroCopySender sender = connect(true);
        Socket _ = server.accept()) {
      UringWire wire = (UringWire) sender.wire();
      try (Pin pin = file.pin(0, PAGE, Access.READ)) {
        AtomicBoolean quiesced = new AtomicBoolean();
        MemorySegment before = MemorySegment.ofArray(new byte[200_000]);
        SendResult result =
            wire.send(
                before,
                pin,
                Deadline.after(Duration.ofMillis(200)),
                () -> quiesced.set(wire.isIdle()));
        assertThat(result.end()).isEqualTo(End.TIMED_OUT);
        long giveUp = System.nanoTime() + LONG.toNanos();
        while (!quiesced.get() && System.nanoTime() < giveUp) {
          Thread.onSpinWait();
        }
        assertThat(quiesced).as("told when nothing was under way any more").isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anInterruptEndsTheWaitAndThenThePin(boolean zeroCopy) throws Exception {
    try (ZeroCopySender sender = connect(zeroCopy);
        Socket _ = server.accept()) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> sender.send(NOTHING, file, 0, WHOLE, HOLDER, LONG))
          .isInstanceOfAny(
              InterruptedException.class, dev.longpin.api.WaitInterruptedException.class);
      Thread.interrupted();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aReceiverThatGoesEndsTheSend(boolean zeroCopy) throws Exception {
    try (ZeroCopySender sender = connect(zeroCopy)) {
      server.accept().close();
      SendResult result = new SendResult(End.SENT, 0);
      for (int i = 0; i < 100 && result.end() == End.SENT; i++) {
        result = sender.send(NOTHING, file, 0, WHOLE, HOLDER, LONG);
      }
      assertThat(result.end()).isEqualTo(End.RESET);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aCloseEndsASendUnderWay(boolean zeroCopy) throws Exception {
    ZeroCopySender sender = connect(zeroCopy);
    try (Socket _ = server.accept()) {
      var executor = Executors.newSingleThreadExecutor();
      Future<SendResult> sent =
          executor.submit(() -> sender.send(NOTHING, file, 0, WHOLE, HOLDER, LONG));
      executor.shutdown();
      while (cache.holders().isEmpty() && !sent.isDone()) {
        Thread.onSpinWait();
      }
      sender.close();
      sender.close();
      assertThat(sent.get(10, TimeUnit.SECONDS).end()).isEqualTo(End.RESET);
      assertThat(sender.send(NOTHING, file, 0, 1, HOLDER, LONG).end()).isEqualTo(End.RESET);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nobodyThereIsSaid(boolean zeroCopy) throws Exception {
    server.close();
    assertThatThrownBy(() -> connect(zeroCopy))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("refused");
    InetSocketAddress nowhere = InetSocketAddress.createUnresolved("no.such.host.invalid", 1);
    assertThatThrownBy(() -> ZeroCopySender.connect(nowhere, LONG)).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void descriptorsComeBack(boolean zeroCopy) throws Exception {
    long before = descriptors();
    for (int i = 0; i < 30; i++) {
      try (ZeroCopySender sender = connect(zeroCopy);
          Socket receiver = server.accept()) {
        Future<byte[]> arrived = receive(receiver, 10);
        assertThat(sender.send(NOTHING, file, i, 10, HOLDER, LONG).end()).isEqualTo(End.SENT);
        arrived.get(5, TimeUnit.SECONDS);
      }
    }
    long giveUp = System.nanoTime() + LONG.toNanos();
    while (descriptors() > before + 8 && System.nanoTime() < giveUp) {
      Thread.sleep(5); // a ring ends with its thread
    }
    assertThat(descriptors()).isLessThanOrEqualTo(before + 8);
  }

  private static long descriptors() throws IOException {
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }

  /** The cancellation has an end of its own, which the close of the connection waits for. */
  @Test
  void aSenderThatIsClosedAfterItsDeadlineLetsGoEveryTime() throws Exception {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((_, e) -> thrown.compareAndSet(null, e));
    try {
      for (int i = 0; i < 300; i++) {
        ZeroCopySender sender = connect(true);
        try (Socket _ = server.accept()) {
          sender.send(NOTHING, file, 0, WHOLE, HOLDER, Duration.ofMillis(1));
          sender.close();
        }
        long giveUp = System.nanoTime() + LONG.toNanos();
        while (!cache.holders().isEmpty() && System.nanoTime() < giveUp) {
          Thread.onSpinWait();
        }
        assertThat(cache.holders()).as("round %s", i).isEmpty();
      }
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
    assertThat(thrown).hasNullValue();
  }

  /** The kernel lets go of a cache's memory with the cache, whoever has sent from it. */
  @Test
  void anIdleConnectionKeepsNoMemoryOfACacheThatIsClosed() throws Exception {
    Path path = Files.write(dir.resolve("other"), new byte[PAGE]);
    long before = pinnedKilobytes();
    try (ZeroCopySender sender = connect(true);
        Socket receiver = server.accept()) {
      try (PageCache own = PageCaches.create(CacheConfig.ofSize(64 << 20, PAGE));
          CachedFile other = own.open(path, OpenMode.READ)) {
        SendResult sent = sender.send(NOTHING, other, 0, PAGE, HOLDER, LONG);
        assertThat(sent.end()).isEqualTo(SendResult.End.SENT);
        assertThat(receiver.getInputStream().readNBytes(PAGE)).hasSize(PAGE);
      }
      long giveUp = System.nanoTime() + LONG.toNanos();
      while (pinnedKilobytes() > before && System.nanoTime() < giveUp) {
        Thread.sleep(1);
      }
      assertThat(pinnedKilobytes()).isLessThanOrEqualTo(before);
    }
  }

  private static long pinnedKilobytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmPin:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .sum();
  }
}
