package dev.longpin.cli.workload;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** A program that appends to the file. Nobody else changes the size meanwhile. */
final class Appender extends Actor {

  private static final long PATIENCE_MILLIS = 20;

  Appender(Stage stage, SplittableRandom random) {
    super(stage, random);
  }

  @Override
  String name() {
    return "appender";
  }

  @Override
  void step() throws IOException {
    pauseUpTo(20);
    try {
      if (!stage.growth().writeLock().tryLock(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts an actor", e);
    }
    try {
      append();
    } finally {
      stage.growth().writeLock().unlock();
    }
  }

  /** Appends up to the end of the region in which the file ends, or less. */
  private void append() throws IOException {
    long from = file().size();
    if (from % Long.BYTES != 0 || from >= stage.geometry().maxBytes()) {
      return;
    }
    int region = stage.geometry().regionOf(from);
    if (!ledger.tryOwn(region)) {
      return;
    }
    try {
      long most = (stage.geometry().end(region) - from) / Long.BYTES;
      long to = from + (1 + random.nextLong(most)) * Long.BYTES;
      MemorySegment stamps = MemorySegment.ofArray(new byte[Math.toIntExact(to - from)]);
      long sequence = ledger.issue(region);
      ledger.stamp().fill(stamps, from, sequence);
      tally.fileOperations.increment();
      long beganAt = ledger.tick();
      long offset = file().append(stamps);
      if (offset != from) {
        throw new IllegalStateException(
            "append to a file of " + from + " bytes went to offset " + offset);
      }
      ledger.completed(from, to, sequence, beganAt, ledger.tick());
    } finally {
      ledger.disown(region);
    }
  }
}
