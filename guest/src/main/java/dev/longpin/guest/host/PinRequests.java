package dev.longpin.guest.host;

import dev.longpin.api.CachedFile;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.HolderMemory;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.guest.wire.CutOffReason;
import dev.longpin.guest.wire.Message;
import dev.longpin.guest.wire.Refusal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the pins that a guest asks for, one after the other.
 *
 * <ol>
 *   <li>Look whether the guest may have the file: for writing, if it could write.
 *   <li>Pin, which brings the pages into the guest's memory and may take its time.
 *   <li>Note the pin. If the session is ending that is all: the end releases it.
 *   <li>Tell the guest; from here it can be given notice.
 * </ol>
 */
final class PinRequests {

  private final SessionHost host;
  private final GuestSession session;
  private final GuestState state;
  private final Line line;
  private final Notices notices;

  PinRequests(
      SessionHost host, GuestSession session, GuestState state, Line line, Notices notices) {
    this.host = host;
    this.session = session;
    this.state = state;
    this.line = line;
    this.notices = notices;
  }

  void make(Message.Pin request) {
    HolderMemory memory = state.memory();
    if (memory == null || state.isEnding()) {
      return;
    }
    if (state.info().pins() >= host.limits().maxPins()) { // only this one adds to them
      session.refuse(request, Refusal.LIMIT, host.limits().maxPins() + " pins");
      return;
    }
    try {
      // (1)
      CachedFile file = find(request);
      if (file == null) {
        session.refuse(request, Refusal.NOT_ALLOWED, "not allowed");
        return;
      }
      // (2)
      LongtermPin pin =
          file.pinLongterm(
              request.offset(), request.lengthBytes(), request.access(), memory.holder(), notices);
      // (3)
      HostedPin hosted = new HostedPin(pin);
      if (state.add(hosted)) {
        announce(request, hosted, memory);
      }
    } catch (LongpinException e) {
      session.refuse(request, Refusals.of(e), Refusals.text(e));
      if (e.getSuppressed().length > 0) { // of pages that are still where the guest can write
        host.failed(memory.holder(), e.getSuppressed()[0]);
        session.end(CutOffReason.FAILED, "pages of a refused pin can't be moved");
      }
    } catch (FileClosedException e) {
      session.refuse(request, Refusal.FAILED, "the file is closed");
    } catch (RuntimeException e) {
      host.failed(memory.holder(), e);
      session.refuse(request, Refusal.FAILED, "the host failed");
    }
  }

  private @Nullable CachedFile find(Message.Pin request) {
    boolean writable = state.isWritable();
    return request.access().writes() && !writable
        ? null
        : host.files().find(state.peer(), request.file(), writable);
  }

  private void announce(Message.Pin request, HostedPin hosted, HolderMemory memory) {
    boolean sent;
    try {
      int pageSize = host.cache().pageSize();
      List<Integer> pages = new ArrayList<>();
      LongtermPin pin = hosted.pin();
      for (int i = 0; i < pin.segmentCount(); i++) {
        pages.add(Math.toIntExact(memory.offsetOf(pin.unsafeSegment(i)) / pageSize));
      }
      // (4)
      sent = line.send(new Message.Pinned(request.tag(), pin.key(), pages));
    } catch (IllegalArgumentException | IllegalStateException e) {
      sent = state.isEnding(); // the memory was taken away under our hands
      if (!sent) {
        throw e;
      }
    }
    state.announced(hosted);
    if (!sent) {
      session.notReceiving();
    }
  }
}
