package dev.longpin.cli.workload;

import dev.longpin.api.Access;
import dev.longpin.api.Holder;
import dev.longpin.api.LongtermPin;
import dev.longpin.sim.SendDevice;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sends with plain write calls. Told to let go, it cuts the connection off; it ends the pin when
 * the sending thread is out of the write call.
 */
final class PlainSendActor extends SendActor {

  private static final long NOT_TOLD = -1;

  private final SendDevice device;

  PlainSendActor(Stage stage, SplittableRandom random, String name) throws IOException {
    super(stage, random, name);
    this.device = new SendDevice(receiver());
  }

  @Override
  boolean transmit(long from, long to) throws IOException {
    AtomicLong toldAt = new AtomicLong(NOT_TOLD);
    boolean sent = false;
    LongtermPin pin =
        file()
            .pinLongterm(
                from,
                to - from,
                Access.READ,
                new Holder(name(), "TCP"),
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
    return sent;
  }

  @Override
  void hurry() throws IOException {
    device.close();
  }

  @Override
  void leave() throws IOException {
    device.close();
    super.leave();
  }
}
