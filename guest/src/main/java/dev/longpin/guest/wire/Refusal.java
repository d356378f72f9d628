package dev.longpin.guest.wire;

import java.util.Optional;

/** Why a host refuses a request; everything is as it was. The numbers are the wire's. */
public enum Refusal {
  /** More than the host allows this guest: memory, pins, pages of a pin, requests at a time. */
  LIMIT(1),
  /** There is no such file for this guest, or not with that access. */
  NOT_ALLOWED(2),
  /** The host has no memory to lend, or no frame, or the disk has no space. */
  NO_ROOM(3),
  /** The range is empty, or ends beyond the end of the file. */
  RANGE(4),
  /** The pages are on their way out of the file, or others have them: try again. */
  BUSY(5),
  /** The guest has no pin with that key: it never had, or it is unmapped. */
  NO_SUCH_PIN(6),
  /** The pin is quiesced: nothing can complete there any more. */
  QUIESCED(7),
  /** The host's file or cache failed. */
  FAILED(8);

  private final int number;

  Refusal(int number) {
    this.number = number;
  }

  /** Returns its number on the wire. */
  public int number() {
    return number;
  }

  /** Returns the one with a number, if there is one. */
  static Optional<Refusal> of(int number) {
    return Codec.find(values(), value -> value.number == number);
  }
}
