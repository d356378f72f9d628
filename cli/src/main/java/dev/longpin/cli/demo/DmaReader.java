package dev.longpin.cli.demo;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Holder;
import dev.longpin.api.LongtermPin;
import dev.longpin.sim.DmaEngine;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

/** A device that holds a region long-term and reads it late, by address. It lets go when told. */
final class DmaReader extends Actor {

  private static final int READS = 4;

  private final DmaEngine engine;
  private final Holder holder;

  DmaReader(Workload run, long seed, String name) {
    super(run, seed);
    this.engine = run.engine();
    this.holder = new Holder(name, "DMA engine");
  }

  @Override
  void step(CachedFile file) throws Exception {
    int region = random.nextInt(ledger.regionCount());
    CompletableFuture<DmaEngine.Buffer> attached = new CompletableFuture<>();
    LongtermPin pin =
        file.pinLongterm(
            ledger.offset(region),
            ledger.regionBytes(),
            Access.READ,
            holder,
            (held, revocation) -> {
              long start = System.nanoTime();
              var _ =
                  attached
                      .thenCompose(DmaEngine.Buffer::stop)
                      .thenRun(() -> {
                        held.release();
                        tally.revoke.recordValue(System.nanoTime() - start);
                      });
            });
    tally.longtermPins.increment();
    DmaEngine.Buffer buffer = engine.attach(pin.unsafeSegments());
    attached.complete(buffer);
    run.held(region, true);
    try {
      for (int i = 0; i < READS; i++) {
        buffer
            .submit(memory -> {
              long start = ledger.now();
              tally.count(ledger.check(region, new Words(memory), start));
            })
            .join();
        tally.deviceReads.increment();
        run.pause(random.nextInt(5));
      }
    } catch (CancellationException e) {
      run.pause(0); // told to stop
    } finally {
      run.held(region, false);
      buffer.stop().join();
      pin.release();
    }
  }
}
