package dev.longpin.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.api.Access;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SendDeviceTest {
  private static final Stamp STAMP = new Stamp(5);
  private static final long MUCH = 4 << 20;

  private final Arena arena = Arena.ofShared();
  private final CompletableFuture<Throwable> failure = new CompletableFuture<>();

  private record Message(long offset, byte[] bytes) {}

  private final BlockingQueue<Message> arrived = new LinkedBlockingQueue<>();

  @AfterEach
  void close() {
    arena.close();
    assertThat(failure).isNotDone();
  }

  private SlowReceiver receiver(Duration stall) throws IOException {
    return new SlowReceiver(
        stall,
        1,
        (offset, bytes) -> arrived.add(new Message(offset, bytes.toArray(ValueLayout.JAVA_BYTE))),
        failure::complete);
  }

  private FakePin pin(long offset, long... lengths) {
    FakePin pin = FakePin.of(arena, offset, Access.READ, lengths);
    long at = offset;
    for (MemorySegment page : pin.pages()) {
      STAMP.fill(page, at, 1);
      at += page.byteSize();
    }
    return pin;
  }

  private Message awaitMessage() throws InterruptedException {
    Message message = arrived.poll(30, TimeUnit.SECONDS);
    assertThat(message).isNotNull();
    return message;
  }

  @Test
  void whatIsSentArrives() throws Exception {
    try (SlowReceiver receiver = receiver(Duration.ofMillis(1));
        SendDevice device = new SendDevice(receiver.address())) {
      assertThat(device.send(pin(4000, 96, 4096, 808))).isTrue();
      assertThat(device.send(pin(64, 8))).isTrue();

      Message first = awaitMessage();
      assertThat(first.offset()).isEqualTo(4000);
      assertThat(first.bytes()).hasSize(5000);
      MemorySegment found = MemorySegment.ofArray(first.bytes());
      for (long at = 0; at < 5000; at += Long.BYTES) {
        assertThat(Stamp.wordOf(found, at)).isEqualTo(STAMP.word(4000 + at, 1));
      }
      assertThat(awaitMessage().offset()).isEqualTo(64);
    }
  }

  @Test
  void aSendToAReceiverThatStallsEndsWhenItIsReset() throws Exception {
    try (SlowReceiver receiver = receiver(Duration.ofHours(1));
        SendDevice device = new SendDevice(receiver.address())) {
      FakePin pin = pin(0, MUCH);
      CompletableFuture<Boolean> sending = CompletableFuture.supplyAsync(() -> send(device, pin));
      Thread.sleep(Duration.ofMillis(200));
      assertThat(sending).as("the receiver stalls").isNotDone();

      device.reset();

      assertThat(sending.get(30, TimeUnit.SECONDS)).as("all was sent").isFalse();
      assertThat(arrived).isEmpty();
    }
  }

  private static boolean send(SendDevice device, FakePin pin) {
    try {
      return device.send(pin);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void afterAResetTheNextSendConnectsAgain() throws Exception {
    try (SlowReceiver receiver = receiver(Duration.ZERO);
        SendDevice device = new SendDevice(receiver.address())) {
      device.reset();
      assertThat(device.send(pin(8, 8))).isTrue();
      assertThat(awaitMessage().offset()).isEqualTo(8);
      device.reset();
      assertThat(device.send(pin(16, 8))).isTrue();
      assertThat(awaitMessage().offset()).isEqualTo(16);
    }
  }

  @Test
  void aClosedDeviceSendsNothing() throws Exception {
    try (SlowReceiver receiver = receiver(Duration.ZERO)) {
      SendDevice device = new SendDevice(receiver.address());
      device.close();
      assertThat(device.send(pin(8, 8))).isFalse();
    }
  }
}
