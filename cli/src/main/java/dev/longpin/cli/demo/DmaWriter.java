package dev.longpin.cli.demo;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Holder;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.RevocationHandler;
import dev.longpin.sim.DmaEngine;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A device that holds a region long-term and writes it again and again, late, by address. Some let
 * go when told; others let go when they like.
 */
final class DmaWriter extends Actor {

  private static final int WRITES = 12;

  private final DmaEngine engine;
  private final Holder holder;
  private final boolean revocable;
  private final int holdMillis;

  DmaWriter(Workload run, long seed, String name, boolean revocable, int holdMillis) {
    super(run, seed);
    this.engine = run.engine();
    this.holder = new Holder(name, "DMA engine");
    this.revocable = revocable;
    this.holdMillis = holdMillis;
  }

  @Override
  void step(CachedFile file) throws Exception {
    int region = ledger.take(random);
    if (region < 0) {
      run.pause(1);
      return;
    }
    try {
      hold(file, region);
    } finally {
      ledger.giveBack(region);
    }
  }

  private void hold(CachedFile file, int region) throws Exception {
    CompletableFuture<DmaEngine.Buffer> attached = new CompletableFuture<>();
    AtomicBoolean told = new AtomicBoolean();
    RevocationHandler handler =
        (pin, revocation) -> {
          long start = System.nanoTime();
          told.set(true);
          var _ =
              attached
                  .thenCompose(DmaEngine.Buffer::stop)
                  .thenRun(() -> {
                    pin.release();
                    tally.revoke.recordValue(System.nanoTime() - start);
                  });
        };
    Access access = random.nextBoolean() ? Access.WRITE : Access.OVERWRITE;
    LongtermPin pin = pin(file, region, access, revocable ? handler : null);
    tally.longtermPins.increment();
    DmaEngine.Buffer buffer = engine.attach(pin.unsafeSegments());
    attached.complete(buffer);
    run.held(region, true);
    try {
      for (int i = 0; i < WRITES && !told.get() && !run.isStopping(); i++) {
        write(region, pin, buffer);
        run.pause(random.nextInt(holdMillis));
      }
    } finally {
      run.held(region, false);
      buffer.stop().join();
      pin.release();
    }
  }

  private LongtermPin pin(
      CachedFile file, int region, Access access, @Nullable RevocationHandler handler)
      throws LongpinException {
    Ledger.Cut blank = access == Access.OVERWRITE ? ledger.beginOverwrite(region) : null;
    boolean given = false;
    try {
      LongtermPin pin =
          file.pinLongterm(ledger.offset(region), ledger.regionBytes(), access, holder, handler);
      given = true;
      return pin;
    } finally {
      if (blank != null) {
        ledger.endOverwrite(blank, given);
      }
    }
  }

  private void write(int region, LongtermPin pin, DmaEngine.Buffer buffer) {
    Ledger.Write write = ledger.beginWrite(region);
    boolean written = await(buffer.submit(memory -> fill(memory, write)));
    if (!written) {
      ledger.cancelWrite(write);
      return;
    }
    // The device looks at its own memory once more before it reports.
    var _ = await(buffer.submit(memory -> look(memory, write)));
    ledger.endWrite(write, pin.complete());
    tally.deviceWrites.increment();
  }

  private static boolean await(CompletableFuture<Void> access) {
    try {
      access.join();
      return true;
    } catch (CancellationException e) {
      return false; // the device was stopped first
    }
  }

  private static void fill(List<MemorySegment> memory, Ledger.Write write) {
    Words words = new Words(memory);
    for (int i = 0; i < words.count(); i++) {
      words.set(i, Stamp.of(write.region(), write.sequence(), i));
    }
  }

  private void look(List<MemorySegment> memory, Ledger.Write write) {
    Words words = new Words(memory);
    for (int i = 0; i < words.count(); i++) {
      if (Stamp.isForeign(words.at(i), write.region(), i, words.count())) {
        tally.reusedFrames.increment();
        return;
      }
    }
  }

  /** Returns a holder that keeps its pin for long and can't be told; for the end of a run. */
  static @Nullable LongtermPin neverLetsGo(CachedFile file, Ledger ledger) throws Exception {
    return file.pinLongterm(
        0, Math.min(64, ledger.regionBytes()), Access.READ, new Holder("holdout", "none"));
  }
}
