package dev.longpin.guest.host;

import dev.longpin.api.LongtermPin;

/** A pin of a guest, with what the guest has said of it. Under its session's lock. */
final class HostedPin {

  /** How far a guest has answered. */
  enum Answer {
    NONE,
    TOLD,
    QUIESCED,
    UNMAPPED
  }

  private final LongtermPin pin;
  private Answer answer = Answer.NONE;
  private boolean announced;

  HostedPin(LongtermPin pin) {
    this.pin = pin;
  }

  LongtermPin pin() {
    return pin;
  }

  boolean isAnnounced() {
    return announced;
  }

  /** The guest knows it. */
  void announce() {
    announced = true;
  }

  /** Notes what the guest said; false if it had said as much before. */
  boolean answer(Answer next) {
    if (answer.compareTo(next) >= 0) {
      return false;
    }
    answer = next;
    return true;
  }

  /** Returns whether the guest has said that it accesses the pages no more. */
  boolean isQuiesced() {
    return answer.compareTo(Answer.QUIESCED) >= 0;
  }

  /** Returns whether the guest has said anything to a notice. */
  boolean isTold() {
    return answer != Answer.NONE;
  }

  boolean isUnmapped() {
    return answer == Answer.UNMAPPED;
  }
}
