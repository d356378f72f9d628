package dev.longpin.cli.demo;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Holder;
import dev.longpin.api.LongtermPin;
import dev.longpin.sim.SendDevice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sends pinned pages to a receiver that stalls, so that nobody knows when the send ends. Told to
 * let go, it resets the connection.
 */
final class Sender extends Actor {

  private static final int REGIONS = 16;

  private final SendDevice device;
  private final Holder holder = new Holder("sender", "TCP socket");

  Sender(Workload run, long seed, SendDevice device) {
    super(run, seed);
    this.device = device;
  }

  @Override
  void step(CachedFile file) throws Exception {
    int region = random.nextInt(Math.max(1, ledger.regionCount() - REGIONS));
    long length = (long) Math.min(REGIONS, ledger.regionCount()) * ledger.regionBytes();
    CompletableFuture<SendDevice.Send> sending = new CompletableFuture<>();
    LongtermPin pin =
        file.pinLongterm(
            ledger.offset(region),
            length,
            Access.READ,
            holder,
            (held, revocation) -> {
              long start = System.nanoTime();
              var _ =
                  sending
                      .thenCompose(Sender::reset)
                      .thenRun(() -> {
                        held.release();
                        tally.revoke.recordValue(System.nanoTime() - start);
                      });
            });
    tally.longtermPins.increment();
    boolean stalls = random.nextInt(3) != 0;
    SendDevice.Send send = device.send(pin.unsafeSegments(), bytes -> !stalls);
    sending.complete(send);
    run.held(region, true);
    try {
      var _ = send.ended().get(100 + random.nextInt(200), TimeUnit.MILLISECONDS);
      tally.deviceReads.increment();
    } catch (TimeoutException e) {
      tally.deviceReads.increment(); // stalled: cut off
    } finally {
      run.held(region, false);
      var _ = reset(send).join();
      pin.release();
    }
  }

  private static CompletableFuture<Boolean> reset(SendDevice.Send send) {
    try {
      send.reset();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return send.ended();
  }
}
