package dev.longpin.guest;

import dev.longpin.guest.wire.Refusal;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The host refused a request, or there is no host any more. */
public final class GuestException extends IOException {

  private static final long serialVersionUID = 1L;

  private final @Nullable Refusal refusal;

  GuestException(Refusal refusal, String text) {
    super(refusal + ": " + text);
    this.refusal = refusal;
  }

  GuestException(String text) {
    super(text);
    this.refusal = null;
  }

  /** Returns why the host refused; nothing if the connection has ended. */
  public Optional<Refusal> refusal() {
    return Optional.ofNullable(refusal);
  }
}
