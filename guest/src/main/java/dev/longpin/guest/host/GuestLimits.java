package dev.longpin.guest.host;

import dev.longpin.guest.wire.Protocol;
import java.time.Duration;
import java.util.function.Consumer;

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
    return with(draft -> {
      draft.maxGuests = guests;
      draft.maxMemoryBytes = memoryBytes;
    });
  }

  /** Returns the same with other limits of one guest's pins. */
  public GuestLimits withPins(int pins, int pagesPerPin) {
    return with(draft -> {
      draft.maxPins = pins;
      draft.maxPinPages = pagesPerPin;
    });
  }

  /** Returns the same with another rate of messages. */
  public GuestLimits withMessagesPerSecond(int messages) {
    return with(draft -> draft.messagesPerSecond = messages);
  }

  /** Returns the same with other times to answer and to say hello. */
  public GuestLimits withTimes(Duration answer, Duration hello) {
    return with(draft -> {
      draft.answerWithin = answer;
      draft.helloWithin = hello;
    });
  }

  /** Returns the same for guests of other users. */
  public GuestLimits withSocketMode(int mode) {
    return with(draft -> draft.socketMode = mode);
  }

  /** Returns how long a guest has, of what an operation has left. */
  Duration patience(Duration remaining) {
    Duration half = remaining.dividedBy(2);
    return half.compareTo(answerWithin) < 0 ? half : answerWithin;
  }

  private GuestLimits with(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.limits();
  }

  /** Limits in the making, so that each change names only what it changes. */
  private static final class Draft {
    private int maxGuests;
    private long maxMemoryBytes;
    private int maxPins;
    private int maxPinPages;
    private int messagesPerSecond;
    private Duration answerWithin;
    private Duration helloWithin;
    private int socketMode;

    private Draft(GuestLimits from) {
      maxGuests = from.maxGuests;
      maxMemoryBytes = from.maxMemoryBytes;
      maxPins = from.maxPins;
      maxPinPages = from.maxPinPages;
      messagesPerSecond = from.messagesPerSecond;
      answerWithin = from.answerWithin;
      helloWithin = from.helloWithin;
      socketMode = from.socketMode;
    }

    private GuestLimits limits() {
      return new GuestLimits(
          maxGuests,
          maxMemoryBytes,
          maxPins,
          maxPinPages,
          messagesPerSecond,
          answerWithin,
          helloWithin,
          socketMode);
    }
  }
}
