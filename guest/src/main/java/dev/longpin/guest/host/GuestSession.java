package dev.longpin.guest.host;

import dev.longpin.api.Holder;
import dev.longpin.api.HolderMemory;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.base.Deadline;
import dev.longpin.base.Seam;
import dev.longpin.guest.wire.CutOffReason;
import dev.longpin.guest.wire.Message;
import dev.longpin.guest.wire.Refusal;
import java.time.Duration;

/**
 * A guest as its host sees it, from the connect until nothing of it is left. What the guest says is
 * never believed further than its own memory reaches:
 *
 * <ol>
 *   <li>Its messages are taken by one thread, in their order, which waits for nothing but the
 *       guest's {@linkplain Pace pace}: an answer is noted the moment that it comes.
 *   <li>What may wait is done in two {@linkplain Lane lanes}, {@linkplain PinRequests pins} in one
 *       and answers in the other, so that an answer never waits for a pin.
 *   <li>Quiesced, or unmapped: the pages are moved out of its memory first, so that it does not
 *       matter whether it is true. Nothing completes there after the guest said so.
 *   <li>The end comes once, whoever brings it about: the first reason counts. The memory is taken
 *       away, then the pins are released, and with the last the memory goes back.
 * </ol>
 */
final class GuestSession {

  /** How long one attempt to take pages back waits; then it is made again. */
  private static final Duration ATTEMPT = Duration.ofSeconds(1);

  private static final Duration FOREVER = Duration.ofDays(1000);

  /** The requests for pins that may wait. */
  static final int PINS_AT_A_TIME = 16;

  private final SessionHost host;
  private final GuestLimits limits;
  private final GuestState state;
  private final Line line;
  private final Pace pace;
  private final PinRequests requests;
  private final Lane pinLane;
  private final Lane answerLane;

  GuestSession(SessionHost host, Peer peer, Line line) {
    this.host = host;
    this.limits = host.limits();
    this.line = line;
    this.state = new GuestState(peer, host.holder(peer));
    this.pace = new Pace(limits.messagesPerSecond());
    this.requests = new PinRequests(host, this, state, line, new Notices(host, this, state, line));
    this.pinLane = new Lane("longpin-guest-pins", state.changed());
    this.answerLane = new Lane("longpin-guest-answers", state.changed());
  }

  /** Starts to wait for the hello. */
  void start() {
    Deadline deadline = Deadline.after(limits.helloWithin());
    Seam.startTask(
        "longpin-guest-hello",
        () -> {
          if (!state.await(() -> !state.isNew(), deadline)) {
            end(CutOffReason.NO_HELLO, "no hello within " + limits.helloWithin());
          }
        });
  }

  // Messages (1)

  /** Takes a message of the guest; false if it need not listen any more. */
  boolean received(Message.OfGuest message) {
    try {
      pace.take(state.changed(), state::isEnding);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      end(CutOffReason.FAILED, "interrupted");
    }
    if (state.isEnding()) {
      return false;
    }
    boolean first = state.isNew();
    if (first != message instanceof Message.Hello) {
      end(CutOffReason.PROTOCOL, first ? "it says no hello first" : "a second hello");
      return false;
    }
    try {
      switch (message) {
        case Message.Hello hello -> welcome(hello);
        case Message.Pin request -> pin(request);
        case Message.OfPin answer -> answer(answer);
      }
    } catch (RuntimeException e) {
      failed(e);
    }
    return true;
  }

  private void failed(RuntimeException failure) {
    host.failed(state.holder(), failure);
    end(CutOffReason.FAILED, "the host failed");
  }

  private void welcome(Message.Hello hello) {
    if (hello.memoryBytes() == 0 || hello.memoryBytes() > limits.maxMemoryBytes()) {
      refuse(hello, Refusal.LIMIT, "memory of 1 to " + limits.maxMemoryBytes() + " bytes");
      return;
    }
    Peer was = state.peer();
    Peer named = new Peer(was.processId(), was.userId(), was.groupId(), hello.name());
    Holder holder = host.holder(named);
    HolderMemory lent;
    try {
      lent = host.cache().lend(holder, hello.memoryBytes());
    } catch (LongpinException e) {
      refuse(hello, Refusals.of(e), Refusals.text(e));
      return;
    } catch (IllegalArgumentException | UnsupportedOperationException e) {
      host.failed(holder, e);
      refuse(hello, Refusal.NO_ROOM, "this host lends no such memory");
      return;
    }
    if (!state.tryOpen(named, lent, hello.writable())) {
      giveBack(lent);
      return;
    }
    host.welcomed();
    Message.Welcome welcome =
        new Message.Welcome(
            hello.tag(),
            lent.segment().byteSize(),
            host.cache().pageSize(),
            limits.maxPins(),
            limits.maxPinPages());
    if (!line.welcome(welcome, lent.descriptor(), hello.writable())) {
      notReceiving();
    }
  }

  private void pin(Message.Pin request) {
    int pageSize = host.cache().pageSize();
    long end = request.offset() + request.lengthBytes();
    if (request.lengthBytes() == 0 || end < 0) {
      refuse(request, Refusal.RANGE, "no range");
    } else if ((end - 1) / pageSize - request.offset() / pageSize >= limits.maxPinPages()) {
      refuse(request, Refusal.LIMIT, limits.maxPinPages() + " pages a pin");
    } else if (pinLane.size() >= PINS_AT_A_TIME) {
      refuse(request, Refusal.LIMIT, PINS_AT_A_TIME + " requests for pins at a time");
    } else {
      pinLane.add(() -> requests.make(request));
    }
  }

  private void answer(Message.OfPin message) {
    HostedPin hosted = state.find(message.key());
    if (hosted == null || state.is(hosted, HostedPin::isUnmapped)) {
      refuse(message, Refusal.NO_SUCH_PIN, "no such pin");
      return;
    }
    LongtermPin pin = hosted.pin();
    switch (message) {
      case Message.Told _ -> {
        boolean _ = state.answer(hosted, HostedPin.Answer.TOLD); // once more is no harm
        done(message, !pin.isDisconnected());
      }
      case Message.Complete part -> complete(part, hosted);
      case Message.Quiesced _ -> {
        if (state.answer(hosted, HostedPin.Answer.QUIESCED)) {
          answerLane.add(() -> quiesce(message, hosted));
        } else {
          refuse(message, Refusal.QUIESCED, "the pin is quiesced");
        }
      }
      case Message.Unmapped _ -> {
        boolean _ = state.answer(hosted, HostedPin.Answer.UNMAPPED);
        answerLane.add(() -> unmap(message, hosted));
      }
    }
  }

  private void complete(Message.Complete part, HostedPin hosted) {
    if (state.is(hosted, HostedPin::isQuiesced)) {
      refuse(part, Refusal.QUIESCED, "the pin is quiesced");
    } else if (part.lengthBytes() == 0
        || (long) part.position() + part.lengthBytes() > hosted.pin().lengthBytes()) {
      refuse(part, Refusal.RANGE, "not within the pin");
    } else {
      done(part, hosted.pin().complete(part.position(), part.lengthBytes()));
    }
  }

  // Answers (3)

  private void quiesce(Message.OfPin message, HostedPin hosted) {
    if (moveOut(hosted)) {
      done(message, !hosted.pin().isDisconnected());
    }
  }

  private void unmap(Message.OfPin message, HostedPin hosted) {
    if (moveOut(hosted)) {
      boolean inFile = hosted.pin().release();
      state.remove(hosted);
      done(message, inFile);
    }
  }

  /** Moves the pages out of the guest's memory; false if all of that is taken away instead. */
  private boolean moveOut(HostedPin hosted) {
    HolderMemory memory = state.memory();
    while (memory != null && !state.isEnding()) {
      try {
        memory.quiesced(hosted.pin(), ATTEMPT);
        return true;
      } catch (LongpinException e) {
        host.failed(memory.holder(), e); // others have them for a moment, or there is no frame
      } catch (RuntimeException e) {
        failed(e);
      }
    }
    return false;
  }

  // The end (4)

  /** Ends it, unless it is ending already. */
  void end(CutOffReason why, String text) {
    if (!state.tryEnd(why)) {
      return;
    }
    if (why != CutOffReason.GONE) {
      boolean _ = line.send(new Message.CutOff(why, text));
    }
    line.hangUp();
    Seam.startTask("longpin-guest-end", this::takeAway);
  }

  /** Ends it for a guest that was sent too much. */
  void notReceiving() {
    end(CutOffReason.NOT_RECEIVING, "too much was sent and not received");
  }

  private void takeAway() {
    HolderMemory memory = state.memory();
    if (memory != null) {
      giveBack(memory);
    }
    host.ended(this, state.ended());
  }

  private void giveBack(HolderMemory memory) {
    try {
      repeat(memory.holder(), () -> memory.takeAway(ATTEMPT));
      boolean _ =
          state.await(() -> pinLane.size() + answerLane.size() == 0, Deadline.after(FOREVER));
      state.removeAll().forEach(hosted -> hosted.pin().release());
      repeat(memory.holder(), memory::close);
    } catch (RuntimeException e) {
      host.failed(memory.holder(), e); // such as a cache that was closed first
    }
  }

  /** What may have to be tried again. */
  @FunctionalInterface
  private interface Attempt {
    void run() throws LongpinException;
  }

  private void repeat(Holder holder, Attempt attempt) {
    while (true) {
      try {
        attempt.run();
        return;
      } catch (LongpinException e) {
        host.failed(holder, e); // as for moveOut
      }
    }
  }

  // Replies

  private void done(Message.OfGuest request, boolean inFile) {
    reply(new Message.Done(request.tag(), inFile));
  }

  void refuse(Message.OfGuest request, Refusal why, String text) {
    reply(new Message.Refused(request.tag(), why, text));
  }

  private void reply(Message.OfHost message) {
    if (!line.send(message)) {
      notReceiving();
    }
  }

  /** Returns how it is now. */
  GuestInfo info() {
    return state.info();
  }

  @Override
  public String toString() {
    return info().toString();
  }
}
