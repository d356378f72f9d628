package dev.longpin.guest.host;

import dev.longpin.guest.wire.Protocol;
import java.time.Duration;

/**
 * What guests can take of a host. Immutable; start from {@link #DEFAULT} and change what differs.
 *
 * @param maxGuests how many there may be at a time, those included whose memory is being taken away
 * @param maxMemoryBytes the memory of one guest
 * @param maxPins the pins of one guest, those included that it asked for
 * @param maxPinPages the pages of one pin, {@link Protocol#MAX_PIN_PAGES} at most
 * @param messagesPerSecond the messages of one guest that are taken: more are left in its socket,
 *     answers to notices too
 * @param answerWithin how long a guest has to let go of a pin before it is cut off; or half of what
 *     the operation that needs the pages has left, if that is shorter
 * @param helloWithin how long one who connected has to say hello
 * @param socketMode the permissions of the socket's file: who may write may connect
 */
public record GuestLimits(
    int maxGuests,
    long maxMemoryBytes,
    int maxPins,
    int maxPinPages,
    int messagesPerSecond,
    Duration answerWithin,
    Duration helloWithin,
    int socketMode) {

  /** For guests of the same user. */
  public static final GuestLimits DEFAULT =
      new GuestLimits(
          32,
          64 << 20,
          1024,
          Protocol.MAX_PIN_PAGES,
          20_000,
          Duration.ofMillis(500),
          Duration.ofSeconds(2),
          0600);

  /** Checks the arguments. */
  public GuestLimits {
    if (maxGuests < 1 || maxMemoryBytes < 1 || maxPins < 1 || messagesPerSecond < 1) {
      throw new IllegalArgumentException("a limit is less than 1");
    }
    if (maxPinPages < 1 || maxPinPages > Protocol.MAX_PIN_PAGES) {
      throw new IllegalArgumentException(
          maxPinPages + " pages a pin are not from 1 to " + Protocol.MAX_PIN_PAGES);
    }
    if (!answerWithin.isPositive() || !helloWithin.isPositive()) {
      throw new IllegalArgumentException("guests have no time to answer");
    }
  }

  /** Returns the same with other limits of all guests, and of one guest's memory. */
  public GuestLimits withGuests(int guests, long memoryBytes) {
    return new GuestLimits(
        guests,
        memoryBytes,
        maxPins,
        maxPinPages,
        messagesPerSecond,
        answerWithin,
        helloWithin,
        socketMode);
  }

  /** Returns the same with other limits of one guest's pins. */
  public GuestLimits withPins(int pins, int pagesPerPin) {
    return new GuestLimits(
        maxGuests,
        maxMemoryBytes,
        pins,
        pagesPerPin,
        messagesPerSecond,
        answerWithin,
        helloWithin,
        socketMode);
  }

  /** Returns the same with another rate of messages. */
  public GuestLimits withMessagesPerSecond(int messages) {
    return new GuestLimits(
        maxGuests,
        maxMemoryBytes,
        maxPins,
        maxPinPages,
        messages,
        answerWithin,
        helloWithin,
        socketMode);
  }

  /** Returns the same with other times to answer and to say hello. */
  public GuestLimits withTimes(Duration answer, Duration hello) {
    return new GuestLimits(
        maxGuests,
        maxMemoryBytes,
        maxPins,
        maxPinPages,
        messagesPerSecond,
        answer,
        hello,
        socketMode);
  }

  /** Returns the same for guests of other users. */
  public GuestLimits withSocketMode(int mode) {
    return new GuestLimits(
        maxGuests,
        maxMemoryBytes,
        maxPins,
        maxPinPages,
        messagesPerSecond,
        answerWithin,
        helloWithin,
        mode);
  }

  /** Returns how long a guest has, of what an operation has left. */
  Duration patience(Duration remaining) {
    Duration half = remaining.dividedBy(2);
    return half.compareTo(answerWithin) < 0 ? half : answerWithin;
  }
}
