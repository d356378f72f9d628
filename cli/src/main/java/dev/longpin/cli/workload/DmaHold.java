package dev.longpin.cli.workload;

import dev.longpin.api.Access;
import dev.longpin.api.Holder;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Revocation;
import dev.longpin.api.RevocationHandler;
import dev.longpin.cli.ledger.Expectation;
import dev.longpin.cli.ledger.Ledger;
import dev.longpin.sim.DmaEngine;
import dev.longpin.sim.DmaProgram;
import dev.longpin.sim.DmaTransfer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One long-term pin on one region and the engine's work in it: the driver's part. It reports what
 * the device completed, tells the device to stop when the file wants its pages back, and ends the
 * pin when the device is quiesced.
 *
 * <p>A device whose pages were disconnected goes on in memory that is its own until it answers.
 * What it writes there from then on is not reported complete, and need not be in the file.
 */
final class DmaHold implements DmaProgram, RevocationHandler {

  private final Stage stage;
  private final Ledger ledger;
  private final String name;
  private final int region;
  private final boolean writes;
  private final Temper temper;
  private final long endNanos;

  // Guarded by this, as the file may want the pages back at any time.
  private @Nullable DmaTransfer transfer;
  private boolean told;
  private long toldAtNanos;
  private boolean over;

  // Set before the engine starts, then used by its thread alone.
  private @Nullable LongtermPin pin;
  private @Nullable Expectation expectation;
  private long sequence;

  private DmaHold(
      Stage stage, String name, int region, boolean writes, Temper temper, long lifeNanos) {
    this.stage = stage;
    this.ledger = stage.ledger();
    this.name = name;
    this.region = region;
    this.writes = writes;
    this.temper = temper;
    this.endNanos = System.nanoTime() + lifeNanos;
  }

  /**
   * Pins a region and sets the engine to work.
   *
   * @return null if the region is taken, or past the end of the file
   */
  static @Nullable DmaHold take(
      Stage stage,
      DmaEngine engine,
      Holder holder,
      int region,
      boolean writes,
      Temper temper,
      long lifeNanos)
      throws IOException {
    Ledger ledger = stage.ledger();
    if (!(writes ? ledger.tryOwn(region) : ledger.tryShare(region))) {
      return null;
    }
    DmaHold hold = new DmaHold(stage, holder.name(), region, writes, temper, lifeNanos);
    LongtermPin pin = null;
    try {
      long from = stage.geometry().start(region);
      long to = stage.endInFile(stage.geometry().end(region));
      if (from >= to) {
        return null;
      }
      pin =
          stage
              .file()
              .pinLongterm(
                  from,
                  to - from,
                  writes ? Access.WRITE : Access.READ,
                  holder,
                  temper.isRevocable() ? hold : null);
    } finally {
      if (pin == null) {
        hold.giveRegionBack();
      }
    }
    stage.tally().longtermPins.increment();
    hold.start(engine, pin);
    return hold;
  }

  private void start(DmaEngine engine, LongtermPin granted) {
    pin = granted;
    DmaTransfer started = engine.start(granted, temper.manners(), this);
    synchronized (this) {
      transfer = started;
      if (told) {
        started.stop();
      }
    }
  }

  private LongtermPin pin() {
    if (pin == null) {
      throw new IllegalStateException("not started");
    }
    return pin;
  }

  private void giveRegionBack() {
    if (writes) {
      ledger.disown(region);
    } else {
      ledger.unshare(region);
    }
  }

  /** Returns whether it has been held for as long as it was to be. */
  boolean isExpired(long nowNanos) {
    return nowNanos - endNanos >= 0;
  }

  /** Returns whether the pin has ended. */
  synchronized boolean isOver() {
    return over;
  }

  /** Ends it, by a reset if the device does not listen. */
  synchronized void stop() {
    if (transfer != null) {
      if (temper == Temper.DEAF) {
        transfer.reset();
      } else {
        transfer.stop();
      }
    }
  }

  /** Ends it at once. */
  synchronized void reset() {
    if (transfer != null) {
      transfer.reset();
    }
  }

  @Override
  public synchronized void revoke(LongtermPin revoked, Revocation revocation) {
    if (!told) {
      told = true;
      toldAtNanos = System.nanoTime();
    }
    if (transfer != null) {
      transfer.stop();
    }
  }

  // On the engine's thread

  @Override
  public long begin() {
    if (!writes) {
      LongtermPin held = pin();
      expectation = ledger.expect(held.offset(), held.offset() + held.lengthBytes());
    } else if (ledger.hasSequence(region)) {
      sequence = ledger.issue(region);
    }
    return sequence;
  }

  @Override
  public void written(long completed) {
    LongtermPin held = pin();
    long now = ledger.tick(); // all is written, and the device has not quiesced
    if (held.complete()) {
      ledger.completed(held.offset(), held.offset() + held.lengthBytes(), completed, now, now);
      stage.tally().deviceWrites.increment();
    } else {
      writtenInPart(held, completed, now);
    }
  }

  /** Some pages were disconnected, others are the file's still. */
  private void writtenInPart(LongtermPin held, long completed, long now) {
    boolean any = false;
    long position = 0;
    for (int i = 0; i < held.segmentCount(); i++) {
      long length = held.unsafeSegment(i).byteSize();
      if (held.complete(position, length)) {
        long from = held.offset() + position;
        ledger.completed(from, from + length, completed, now, now);
        any = true;
      }
      position += length;
    }
    if (any) {
      stage.tally().deviceWrites.increment();
    }
  }

  @Override
  public void read(MemorySegment contents) {
    Expectation before = expectation;
    if (before != null && !pin().isDisconnected()) {
      stage.tally().note(name, ledger.judge(before, contents));
      stage.tally().deviceReads.increment();
    }
  }

  @Override
  public void intruded(long offset, long found, long expected) {
    stage
        .tally()
        .note(
            ledger.stamp().isForeignAt(offset, found),
            "%s found at offset %,d of its own memory %016x, where it had written %016x"
                .formatted(name, offset, found, expected));
  }

  @Override
  public void quiesced() {
    long toldAt;
    boolean wasTold;
    synchronized (this) {
      wasTold = told;
      toldAt = toldAtNanos;
    }
    var _ = pin().release();
    if (wasTold && temper != Temper.DEAF) { // a reset is no answer
      stage.tally().revoked(System.nanoTime() - toldAt);
    }
    giveRegionBack();
    synchronized (this) {
      over = true;
    }
  }
}
