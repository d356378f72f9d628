package dev.longpin.cli.demo;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.LongpinException;
import dev.longpin.api.Pin;
import dev.longpin.sim.FileDevice;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Moves regions between pinned pages and a second file: short pins, with a real device under both.
 */
final class FileMover extends Actor {

  private final FileDevice device;

  FileMover(Workload run, long seed, FileDevice device) {
    super(run, seed);
    this.device = device;
  }

  @Override
  void step(CachedFile file) throws Exception {
    if (random.nextBoolean()) {
      out(file);
    } else {
      in(file);
    }
  }

  private void out(CachedFile file) throws Exception {
    int region = random.nextInt(ledger.regionCount());
    long start = ledger.now();
    try (Pin pin = file.pin(ledger.offset(region), ledger.regionBytes(), Access.READ)) {
      tally.shortPins.increment();
      device.write(pin, 0);
    }
    ByteBuffer copy = ByteBuffer.allocate(ledger.regionBytes());
    device.get(copy, 0);
    MemorySegment words = MemorySegment.ofArray(copy.array());
    tally.count(ledger.check(region, new Words(List.of(words)), start));
    tally.deviceReads.increment();
  }

  private void in(CachedFile file) throws Exception {
    int region = ledger.take(random);
    if (region < 0) {
      return;
    }
    try {
      try (Pin pin = pinToOverwrite(file, region)) {
        tally.shortPins.increment();
        Ledger.Write write = ledger.beginWrite(region);
        boolean moved = false;
        try {
          device.put(CpuUser.stamps(write, ledger.regionBytes()), 0);
          device.read(pin, 0);
          moved = true;
        } finally {
          ledger.endWrite(write, moved);
        }
      }
      tally.deviceWrites.increment();
    } finally {
      ledger.giveBack(region);
    }
  }

  private Pin pinToOverwrite(CachedFile file, int region) throws LongpinException {
    Ledger.Cut blank = ledger.beginOverwrite(region);
    boolean given = false;
    try {
      Pin pin = file.pin(ledger.offset(region), ledger.regionBytes(), Access.OVERWRITE);
      given = true;
      return pin;
    } finally {
      ledger.endOverwrite(blank, given);
    }
  }
}
