package dev.longpin.cli.workload;

import dev.longpin.api.CachedFile;
import dev.longpin.api.View;
import dev.longpin.cli.ledger.Expectation;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/** A program that reads the file, on a virtual thread: copies, runs in sequence, views. */
final class CpuReader extends Actor {

  private static final int LONGEST_RUN = 12;

  private int next;
  private int left;

  CpuReader(Stage stage, SplittableRandom random) {
    super(stage, random);
  }

  @Override
  String name() {
    return "reader";
  }

  @Override
  boolean isVirtual() {
    return true;
  }

  @Override
  void step() throws IOException {
    if (left == 0) {
      next = someHotRegion();
      left = 1 + random.nextInt(LONGEST_RUN);
    }
    int region = next;
    left--;
    next = Math.min(next + 1, stage.geometry().regionCount() - 1);
    if (ledger.tryShare(region)) {
      try {
        read(file(), region);
      } finally {
        ledger.unshare(region);
      }
    }
    pauseUpTo(1);
  }

  private void read(CachedFile file, int region) throws IOException {
    long from = stage.geometry().start(region);
    long to = stage.geometry().end(region);
    MemorySegment target = MemorySegment.ofArray(new byte[Math.toIntExact(to - from)]);
    Expectation expectation = ledger.expect(from, to);
    tally.fileOperations.increment();
    long read;
    if (random.nextBoolean()) {
      try (View view = file.view(from, to - from)) {
        view.copyTo(0, target, 0, target.byteSize()); // or it is past the end
        read = target.byteSize();
      }
    } else {
      read = file.read(target, from);
    }
    MemorySegment found = target.asSlice(0, Math.max(0, read));
    tally.note(name(), ledger.judge(expectation, found));
  }
}
