package dev.longpin.cli.workload;

import dev.longpin.api.Holder;
import dev.longpin.linux.send.SendResult;
import dev.longpin.linux.send.ZeroCopySender;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Sends without a copy where the kernel can. A connection that was cut off is made anew. */
final class ZeroCopySendActor extends SendActor {

  private static final int HEADER_BYTES = Long.BYTES + Integer.BYTES;

  private volatile @Nullable ZeroCopySender sender;

  ZeroCopySendActor(Stage stage, SplittableRandom random, String name) throws IOException {
    super(stage, random, name);
  }

  @Override
  boolean transmit(long from, long to) throws IOException {
    ZeroCopySender connected = sender;
    if (connected == null) {
      connected = ZeroCopySender.connect(receiver(), Stage.DEADLINE);
      sender = connected;
    }
    ByteBuffer header =
        ByteBuffer.allocate(HEADER_BYTES).putLong(from).putInt((int) (to - from)).flip();
    long before = connected.sends();
    long copiedBefore = connected.copied();
    SendResult.End end = SendResult.End.RESET;
    try {
      end =
          connected
              .send(
                  MemorySegment.ofBuffer(header),
                  file(),
                  from,
                  to - from,
                  new Holder(name(), connected.isZeroCopy() ? "zero-copy TCP" : "TCP"),
                  Stage.DEADLINE)
              .end();
      tally.longtermPins.increment();
    } catch (InterruptedException e) {
      throw new InterruptedIOException("nobody interrupts an actor");
    } finally {
      tally.zcSends.add(connected.sends() - before);
      tally.zcCopied.add(connected.copied() - copiedBefore);
      if (end != SendResult.End.SENT) {
        connected.close();
        sender = null;
      }
    }
    return end == SendResult.End.SENT;
  }

  @Override
  void hurry() {
    ZeroCopySender connected = sender;
    if (connected != null) {
      connected.reset();
    }
  }

  @Override
  void leave() throws IOException {
    ZeroCopySender connected = sender;
    if (connected != null) {
      connected.close();
    }
    super.leave();
  }
}
