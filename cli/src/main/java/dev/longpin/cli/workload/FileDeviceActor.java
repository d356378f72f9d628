package dev.longpin.cli.workload;

import dev.longpin.api.Access;
import dev.longpin.api.Pin;
import dev.longpin.cli.ledger.Cut;
import dev.longpin.cli.ledger.Cut.Outcome;
import dev.longpin.cli.ledger.Expectation;
import dev.longpin.sim.FileDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/** Moves regions between pinned pages and a second file: short pins, one a transfer. */
final class FileDeviceActor extends Actor {

  private final FileDevice device;

  FileDeviceActor(Stage stage, SplittableRandom random, FileDevice device) {
    super(stage, random);
    this.device = device;
  }

  @Override
  String name() {
    return "file device";
  }

  @Override
  void step() throws IOException {
    int region = someHotRegion();
    long from = stage.geometry().start(region);
    if (random.nextBoolean()) {
      if (ledger.tryShare(region)) {
        try {
          store(from, stage.endInFile(stage.geometry().end(region)));
        } finally {
          ledger.unshare(region);
        }
      }
    } else if (ledger.tryOwn(region)) {
      try {
        load(region, from, stage.endInFile(stage.geometry().end(region)));
      } finally {
        ledger.disown(region);
      }
    }
    pauseUpTo(2);
  }

  /** The device reads the file's pages. */
  private void store(long from, long to) throws IOException {
    if (from >= to) {
      return;
    }
    Expectation expectation = ledger.expect(from, to);
    try (Pin pin = pin(from, to, Access.READ)) {
      device.store(pin, 0);
    }
    ByteBuffer copy = ByteBuffer.allocate(Math.toIntExact(to - from));
    device.get(copy, 0);
    tally.note(name(), ledger.judge(expectation, MemorySegment.ofBuffer(copy.flip())));
    tally.deviceReads.increment();
  }

  /** The device writes the file's pages. */
  private void load(int region, long from, long to) throws IOException {
    if (from >= to) {
      return;
    }
    long sequence = ledger.issue(region);
    byte[] stamps = new byte[Math.toIntExact(to - from)];
    ledger.stamp().fill(MemorySegment.ofArray(stamps), from, sequence);
    device.put(ByteBuffer.wrap(stamps), 0);
    long now; // a moment when all is written and the pin is held
    if (random.nextBoolean()) {
      try (Pin pin = pin(from, to, Access.WRITE)) {
        device.load(pin, 0);
        now = ledger.tick();
      }
      complete(from, to, sequence, now);
      return;
    }
    // Until the device has written, the pages may hold zeros: as after a cut.
    Cut zeroed = stage.beginCut(from, to);
    boolean ended = false;
    try (Pin pin = pin(from, to, Access.OVERWRITE)) {
      device.load(pin, 0);
      stage.endCut(zeroed, Outcome.UNKNOWN);
      ended = true;
      now = ledger.tick();
    } finally {
      if (!ended) {
        stage.endCut(zeroed, Outcome.UNKNOWN);
      }
    }
    complete(from, to, sequence, now);
  }

  private Pin pin(long from, long to, Access access) throws IOException {
    Pin pin = file().pin(from, to - from, access);
    tally.shortPins.increment();
    return pin;
  }

  private void complete(long from, long to, long sequence, long now) {
    ledger.completed(from, to, sequence, now, now);
    tally.deviceWrites.increment();
  }
}
