package dev.longpin.guest.host;

import dev.longpin.api.LongtermPin;
import dev.longpin.api.PinState;
import dev.longpin.api.Revocation;
import dev.longpin.api.RevocationHandler;
import dev.longpin.base.Deadline;
import dev.longpin.base.Seam;
import dev.longpin.guest.wire.CutOffReason;
import dev.longpin.guest.wire.Message;
import java.time.Duration;

/**
 * Tells a guest to let go.
 *
 * <ol>
 *   <li>The notice may come before the guest has heard of the pin: it waits for that.
 *   <li>It is sent, with the time that the guest has.
 *   <li>A thread of its own waits until then for the guest to say quiesced, and cuts it off if it
 *       does not.
 *   <li>This one returns, which means told, when the guest said as much or more.
 * </ol>
 */
final class Notices implements RevocationHandler {

  private final SessionHost host;
  private final GuestSession session;
  private final GuestState state;
  private final Line line;

  Notices(SessionHost host, GuestSession session, GuestState state, Line line) {
    this.host = host;
    this.session = session;
    this.state = state;
    this.line = line;
  }

  @Override
  public void revoke(LongtermPin pin, Revocation revocation) {
    Duration patience = host.limits().patience(revocation.remaining());
    Deadline deadline = Deadline.after(patience);
    // (1)
    boolean _ =
        state.await(
            () ->
                state.isEnding()
                    || state.findAnnounced(pin) != null
                    || pin.state() == PinState.UNMAPPED,
            deadline);
    HostedPin hosted = state.findAnnounced(pin);
    if (hosted == null || state.isEnding()) {
      return; // it is over, or will be in a moment
    }
    // (2)
    host.noticed();
    Message.LetGo notice =
        new Message.LetGo(
            pin.key(),
            revocation.operation(),
            revocation.offset(),
            revocation.lengthBytes(),
            Math.clamp(patience.toNanos() / 1000, 0, Integer.MAX_VALUE));
    if (!line.send(notice)) {
      session.notReceiving();
      return;
    }
    // (3)
    Seam.startTask("longpin-guest-watch", () -> watch(hosted, deadline, patience));
    // (4)
    boolean _ =
        state.await(() -> state.isEnding() || state.is(hosted, HostedPin::isTold), deadline);
  }

  private void watch(HostedPin hosted, Deadline deadline, Duration patience) {
    if (!state.await(() -> state.isEnding() || state.is(hosted, HostedPin::isQuiesced), deadline)) {
      session.end(
          CutOffReason.NO_ANSWER, "a pin was not let go of within " + patience.toMillis() + " ms");
    }
  }
}
