package dev.longpin.guest.host;

import dev.longpin.api.LongpinException;
import dev.longpin.api.NoMemoryException;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.WaitEndedException;
import dev.longpin.guest.wire.Refusal;

/** What a guest is told of a failure: its kind, and nothing of paths or of other holders. */
final class Refusals {

  private Refusals() {}

  static Refusal of(LongpinException failure) {
    return switch (failure) {
      case PinRefusedException refused ->
          switch (refused.reason()) {
            case LIMIT -> Refusal.LIMIT;
            case POLICY, DAX, READ_ONLY -> Refusal.NOT_ALLOWED;
            case PAST_END -> Refusal.RANGE;
            case TRUNCATING, ELSEWHERE -> Refusal.BUSY;
            case NO_SPACE, NO_FRAME -> Refusal.NO_ROOM;
          };
      case NoMemoryException _ -> Refusal.NO_ROOM;
      case WaitEndedException _ -> Refusal.BUSY;
      default -> Refusal.FAILED;
    };
  }

  static String text(LongpinException failure) {
    return failure instanceof PinRefusedException refused
        ? refused.reason().name()
        : failure.getClass().getSimpleName();
  }
}
