package dev.longpin.mm;

import dev.longpin.api.HolderInfo;
import dev.longpin.api.Unmapping;
import dev.longpin.api.Unmapping.OnDeadline;
import dev.longpin.api.WaitEndedException;
import dev.longpin.api.WaitInterruptedException;
import dev.longpin.revoke.HeldPin;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Cut} does when its deadline passes while devices hold pages: fail, or disconnect
 * them if the caller chose so.
 */
final class Disconnection {

  private final CoreMm mm;
  private final Operation operation;
  private final Unmapping unmapping;
  private @Nullable WaitEndedException cause;
  private List<HeldPin> pins = List.of();

  Disconnection(CoreMm mm, Operation operation, Unmapping unmapping) {
    this.mm = mm;
    this.operation = operation;
    this.unmapping = unmapping;
  }

  /** A wait for pins ended: throws that, or marks the pins disconnected. */
  void decide(WaitEndedException waitEnded) throws WaitEndedException {
    if (unmapping.onDeadline() != OnDeadline.DISCONNECT
        || waitEnded instanceof WaitInterruptedException) {
      throw waitEnded;
    }
    cause = waitEnded;
    pins = mm.holders().disconnect(operation.space(), operation.pageStart(), operation.pageEnd());
  }

  boolean isDecided() {
    return cause != null;
  }

  /** Returns the wait that ended, for a page that can't be disconnected. */
  WaitEndedException cause() {
    if (cause == null) {
      throw new IllegalStateException("nothing was disconnected");
    }
    return cause;
  }

  List<HolderInfo> holders() {
    return pins.stream().map(HeldPin::info).toList();
  }

  /** The cut failed: the pages are those of the file as before. */
  void undo() {
    mm.holders().reconnect(pins);
    pins = List.of();
  }
}
