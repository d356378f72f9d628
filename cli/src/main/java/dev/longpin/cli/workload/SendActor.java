package dev.longpin.cli.workload;

import dev.longpin.cli.ledger.Expectation;
import dev.longpin.sim.SlowReceiver;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends pinned pages over TCP to a receiver that is slow on purpose. What arrives whole is
 * compared.
 */
abstract class SendActor extends Actor {

  private static final int MOST_REGIONS = 16;
  private static final long MOST_BYTES = 1 << 20;
  private static final Duration MAX_STALL = Duration.ofMillis(15);

  private final String name;
  private final SlowReceiver receiver;
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
  }

  /** Returns where it sends to. */
  final InetSocketAddress receiver() throws IOException {
    return (InetSocketAddress) receiver.address();
  }

  /** Sends a range of the file; returns whether all of it is on its way. */
  abstract boolean transmit(long from, long to) throws IOException;

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
    boolean sent = transmit(from, to);
    MemorySegment received = sent ? awaitArrival() : null;
    if (received == null) {
      receiver.cutOff(); // it may still come, and must not be taken for the next one
    } else {
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
  void leave() throws IOException {
    receiver.close();
  }
}
