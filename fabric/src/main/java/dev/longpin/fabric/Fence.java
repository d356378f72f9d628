package dev.longpin.fabric;

import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.LongCell;
import dev.longpin.fabric.FabricException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Messages between two endpoints that say how far transfers have come.
 *
 * <pre>
 *   ASK n ------->          after a region was closed here: its requests fail from now on
 *         &lt;------- ANSWER n  all requests that came before have been taken up, all writes are here
 *   DONE n ------>          sent: so was, before it, all that was read
 * </pre>
 *
 * <p>No peer has to be trusted in this: the order is that of the connection, and is kept by the
 * provider here. A peer that does not answer is waited for to the deadline, no longer; one that
 * asks without end is answered from a fixed number of buffers, each of which takes the next message
 * when its answer has gone.
 */
final class Fence {

  private static final int ASK = 1;
  private static final int ANSWER = 2;
  private static final int DONE = 3;

  private static final long MESSAGE_BYTES = 16;
  private static final long NUMBER_AT = 8;
  private static final ValueLayout.OfInt KIND = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong NUMBER = ValueLayout.JAVA_LONG;

  /** How many messages of the peer are taken up at a time. */
  private static final int BUFFERS = 4;

  /** Where our own questions are. */
  private static final int OWN = BUFFERS;

  private final Endpoint endpoint;
  private final Arena arena = Arena.ofShared();
  private final Region region;

  /** What each buffer is under way for; the rest is to begin. Under the endpoint's lock. */
  private final @Nullable Transfer[] underWay = new Transfer[BUFFERS];

  private final boolean[] answers = new boolean[BUFFERS]; // likewise

  private final LongCell busy = new LongCell(0);
  private final LongCell asked = new LongCell(0);
  private final LongCell answered = new LongCell(0);
  private final EventCount changed = new EventCount();
  private @Nullable Transfer last; // of who is busy

  Fence(Endpoint endpoint, Fabric fabric) throws FabricException {
    this.endpoint = endpoint;
    MemorySegment memory = arena.allocate((BUFFERS + 1) * MESSAGE_BYTES, Long.BYTES);
    boolean done = false;
    try {
      region = fabric.register(memory);
      done = true;
    } finally {
      if (!done) {
        arena.close();
      }
    }
  }

  private MemorySegment buffer(int index) {
    return region.memory().asSlice(index * MESSAGE_BYTES, MESSAGE_BYTES);
  }

  /** Begins to take messages up; with the endpoint's lock. */
  void begin() {
    for (int i = 0; i < BUFFERS; i++) {
      if (underWay[i] == null) {
        underWay[i] = answers[i] ? tryPost(i, "send") : tryPost(i, "receive");
      }
    }
  }

  /** Returns null if the queue is full: the end of what is in it brings us back. */
  private @Nullable Transfer tryPost(int index, String what) {
    MemorySegment buffer = buffer(index);
    return endpoint.tryStart(
        what,
        number ->
            answers[index]
                ? endpoint.endpoint().send(buffer, region.registration(), number)
                : endpoint.endpoint().receive(buffer, region.registration(), number));
  }

  /** A request of the endpoint has ended; with its lock. */
  void ended(Transfer transfer, long lengthBytes, int error) {
    for (int i = 0; i < BUFFERS; i++) {
      if (underWay[i] == transfer && error == 0) {
        underWay[i] = null;
        boolean isQuestion = !answers[i] && lengthBytes == MESSAGE_BYTES && takeUp(buffer(i));
        answers[i] = isQuestion;
      }
    }
    begin();
  }

  /** Returns whether the message is to be answered; it is then the answer. */
  private boolean takeUp(MemorySegment message) {
    switch (message.get(KIND, 0)) {
      case ASK -> {
        message.set(KIND, 0, ANSWER);
        return true;
      }
      case ANSWER -> {
        long number = message.get(NUMBER, NUMBER_AT);
        if (number == asked.get()) {
          answered.raiseTo(number);
          changed.signalAll();
        }
      }
      default -> {
        // DONE is for who sent it. A peer that says something else says it in vain.
      }
    }
    return false;
  }

  void await(Deadline deadline) throws FabricException, InterruptedException {
    while (!busy.compareAndSet(0, 1)) {
      int ticket = changed.ticket();
      if (busy.get() != 0) {
        await(ticket, deadline);
      }
    }
    try {
      if (last != null) {
        last.await(remaining(deadline)); // of one who gave up: it has the buffer
      }
      long number = asked.add(1);
      say(ASK, number, deadline);
      while (answered.get() < number) {
        int ticket = changed.ticket();
        if (answered.get() < number) {
          await(ticket, deadline);
        }
      }
      say(DONE, number, deadline);
    } finally {
      busy.set(0);
      changed.signalAll();
    }
  }

  private void say(int kind, long number, Deadline deadline)
      throws FabricException, InterruptedException {
    MemorySegment message = buffer(OWN);
    message.set(KIND, 0, kind);
    message.set(NUMBER, NUMBER_AT, number);
    last =
        endpoint.start("fence", n -> endpoint.endpoint().send(message, region.registration(), n));
    last.await(remaining(deadline));
    last = null;
  }

  private static Duration remaining(Deadline deadline) {
    return Duration.ofNanos(deadline.remainingNanos());
  }

  private void await(int ticket, Deadline deadline) throws FabricException, InterruptedException {
    if (endpoint.isGone()) {
      throw endpoint.gone("fence");
    }
    if (!changed.await(ticket, deadline)) {
      throw new FabricException(
          Kind.TIMED_OUT,
          "fence with " + endpoint + " after " + deadline.elapsed().toMillis() + " ms");
    }
  }

  /** The endpoint is closed: nobody has the buffers any more. */
  void close() {
    changed.signalAll();
    try {
      region.close();
      arena.close();
    } catch (FabricException e) {
      // The provider has it still: a few bytes that stay.
    }
  }
}
