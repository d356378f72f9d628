package dev.longpin.cli.demo;

import dev.longpin.api.CachedFile;
import dev.longpin.api.PastEndException;
import dev.longpin.api.View;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Reads and writes the file as programs do: through the CPU, and through views. */
final class CpuUser extends Actor {

  CpuUser(Workload run, long seed) {
    super(run, seed);
  }

  /** Returns the stamps of a write. */
  static ByteBuffer stamps(Ledger.Write write, int bytes) {
    ByteBuffer stamps = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < bytes / Long.BYTES; i++) {
      stamps.putLong(Stamp.of(write.region(), write.sequence(), i));
    }
    return stamps.flip();
  }

  @Override
  void step(CachedFile file) throws Exception {
    switch (random.nextInt(5)) {
      case 0, 1 -> write(file);
      case 2 -> view(file);
      default -> read(file);
    }
    tally.fileOperations.increment();
  }

  private void write(CachedFile file) throws Exception {
    int region = ledger.take(random);
    if (region < 0) {
      return;
    }
    try {
      Ledger.Write write = ledger.beginWrite(region);
      boolean written = false;
      try {
        file.write(stamps(write, ledger.regionBytes()), ledger.offset(region));
        written = true;
      } finally {
        ledger.endWrite(write, written);
      }
    } finally {
      ledger.giveBack(region);
    }
  }

  private void read(CachedFile file) throws Exception {
    int region = random.nextInt(ledger.regionCount());
    long start = ledger.now();
    byte[] bytes = new byte[ledger.regionBytes()]; // what lies past the end reads as zeros
    long read = file.read(MemorySegment.ofArray(bytes), ledger.offset(region));
    if (read > 0) {
      Words words = new Words(List.of(MemorySegment.ofArray(bytes)));
      tally.count(ledger.check(region, words, start));
    }
  }

  private void view(CachedFile file) throws Exception {
    int region = random.nextInt(ledger.regionCount());
    if (ledger.offset(region) + ledger.regionBytes() > file.size()) {
      return;
    }
    long start = ledger.now();
    byte[] bytes = new byte[ledger.regionBytes()];
    try (View view = file.view(ledger.offset(region), ledger.regionBytes())) {
      view.copyTo(0, MemorySegment.ofArray(bytes), 0, bytes.length);
    } catch (PastEndException e) {
      return; // cut since we looked
    }
    Words words = new Words(List.of(MemorySegment.ofArray(bytes)));
    tally.count(ledger.check(region, words, start));
  }
}
