package dev.longpin.guest.wire;

import java.util.Optional;

/**
 * Why a host took a guest's memory away, and speaks with it no more. The numbers are the wire's.
 */
public enum CutOffReason {
  /** The guest speaks another version. */
  VERSION(1),
  /** A message that is none, or that has no place there. */
  PROTOCOL(2),
  /** The guest did not let go of pages in time. */
  NO_ANSWER(3),
  /** The guest does not receive what it is sent. */
  NOT_RECEIVING(4),
  /** The guest did not say hello in time. */
  NO_HELLO(5),
  /** The host has as many guests as it takes. */
  TOO_MANY_GUESTS(6),
  /** The host closes. */
  CLOSING(7),
  /** The guest has closed the connection, or died: nobody is told. */
  GONE(8),
  /** The host failed. */
  FAILED(9);

  private final int number;

  CutOffReason(int number) {
    this.number = number;
  }

  /** Returns its number on the wire. */
  public int number() {
    return number;
  }

  /** Returns the one with a number, if there is one. */
  static Optional<CutOffReason> of(int number) {
    return Codec.find(values(), value -> value.number == number);
  }
}
