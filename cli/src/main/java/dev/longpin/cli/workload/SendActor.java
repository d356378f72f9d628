package dev.longpin.cli.workload;

import dev.longpin.api.Access;
import dev.longpin.api.Holder;
import dev.longpin.api.LongtermPin;
import dev.longpin.cli.ledger.Expectation;
import dev.longpin.sim.SendDevice;
import dev.longpin.sim.SlowReceiver;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Sends pinned pages over TCP to a receiver that is slow on purpose. Told to let go, it cuts the
 * connection off; it ends the pin when the sending thread is out of the write call. What arrives
 * whole is compared.
 */
final class SendActor extends Actor {

  private static final int MOST_REGIONS = 16;
  private static final long MOST_BYTES = 1 << 20;
  private static final Duration MAX_STALL = Duration.ofMillis(15);
  private static final long NOT_TOLD = -1;

  private final String name;
  private final SlowReceiver receiver;
  private final SendDevice device;
  private final BlockingQueue<MemorySegment> arrived = new ArrayBlockingQueue<>(1);

  SendActor(Stage stage, SplittableRandom random, String name) throws IOException {
    super(stage, random);
    this.name = name;
    this.receiver =
        new SlowReceiver(
            MAX_STALL,
            random.nextLong(),
            (offset, bytes) -> {
              var _ = arrived.offer(bytes);
            },
            stage::fail);
    this.device = new SendDevice(receiver.address());
  }

  @Override
  String name() {
    return name;
  }

  @Override
  void step() throws IOException {
    int first = someHotRegion();
    int count = 0;
    try {
      while (count < MOST_REGIONS
          && count * stage.geometry().regionBytes() < MOST_BYTES
          && first + count < stage.geometry().regionCount()
          && ledger.tryShare(first + count)) {
        count++;
      }
      if (count > 0) {
        long from = stage.geometry().start(first);
        send(from, stage.endInFile(stage.geometry().end(first + count - 1)));
      }
    } finally {
      for (int i = 0; i < count; i++) {
        ledger.unshare(first + i);
      }
    }
    pauseUpTo(2);
  }

  private void send(long from, long to) throws IOException {
    if (from >= to) {
      return;
    }
    arrived.clear();
    Expectation expectation = ledger.expect(from, to);
    AtomicLong toldAt = new AtomicLong(NOT_TOLD);
    boolean sent = false;
    LongtermPin pin =
        file()
            .pinLongterm(
                from,
                to - from,
                Access.READ,
                new Holder(name, "TCP"),
                (revoked, revocation) -> {
                  toldAt.compareAndSet(NOT_TOLD, System.nanoTime());
                  device.reset();
                });
    try {
      tally.longtermPins.increment();
      sent = toldAt.get() == NOT_TOLD && device.send(pin);
    } finally {
      var _ = pin.release(); // the device is quiesced
      if (toldAt.get() != NOT_TOLD) {
        tally.revoked(System.nanoTime() - toldAt.get());
      }
    }
    MemorySegment received = sent ? awaitArrival() : null;
    if (received != null) {
      tally.note(name, ledger.judge(expectation, received));
      tally.deviceReads.increment();
    }
  }

  private @Nullable MemorySegment awaitArrival() {
    try {
      MemorySegment received = null;
      long waitedMillis = 0;
      while (received == null && stage.isRunning() && waitedMillis < Stage.DEADLINE.toMillis()) {
        received = arrived.poll(100, TimeUnit.MILLISECONDS);
        waitedMillis += 100;
      }
      return received;
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts an actor", e);
    }
  }

  @Override
  void hurry() throws IOException {
    device.close();
  }

  @Override
  void leave() throws IOException {
    device.close();
    receiver.close();
  }
}
