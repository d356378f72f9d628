package dev.longpin.sim;

import dev.longpin.api.PinnedMemory;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * What a {@link DmaEngine} does with the memory of one pin: pass after pass of small accesses, each
 * some time after the one before. A writing transfer stamps all of its memory in a pass; it reads
 * again what it wrote, now and then and before it answers quiesced. A reading one copies all of it.
 *
 * <p>The memory is kept as addresses from the start. Nobody is asked whether they are still those
 * of the file.
 *
 * <pre>
 *   RUNNING ----stop----> STOPPING ----answerWithin----> QUIESCED
 *      |  \__________reset or power off______________________^
 *      +----die----> DEAD ____reset or power off_____________|
 * </pre>
 */
public final class DmaTransfer {

  /** Bytes an access; a piece never crosses from one page's memory into another's. */
  private static final int PIECE_BYTES = 1 << 10;

  /** At most so many accesses make a pass, however much memory there is. */
  private static final int MAX_PIECES = 16;

  /** One in so many accesses looks at what was written before. */
  private static final int LOOK_ONE_IN = 4;

  private static final long NOTHING = -1;

  private record Piece(MemorySegment memory, long offset) {}

  private final DmaEngine engine;
  private final DmaProgram program;
  private final Manners manners;
  private final Stamp stamp;
  private final RandomGenerator random;
  private final boolean writes;
  private final List<Piece> pieces;
  private final long startOffset;
  private final MemorySegment contents;
  private final CountDownLatch quiesced = new CountDownLatch(1);

  // Guarded by the engine's lock.
  private boolean stopping;
  private boolean dead;
  private boolean reset;
  private long quiesceAtNanos;
  long dueNanos;

  // Used by the engine's thread alone.
  private final long[] written;
  private int next;
  private long sequence;
  private boolean over;

  DmaTransfer(
      DmaEngine engine,
      PinnedMemory pinned,
      Manners manners,
      Stamp stamp,
      DmaProgram program,
      RandomGenerator random) {
    this.engine = engine;
    this.program = program;
    this.manners = manners;
    this.stamp = stamp;
    this.random = random;
    this.writes = pinned.access().writes();
    this.startOffset = pinned.offset();
    this.pieces = pieces(pinned);
    this.written = new long[pieces.size()];
    Arrays.fill(written, NOTHING);
    this.contents =
        MemorySegment.ofArray(new byte[writes ? 0 : Math.toIntExact(pinned.lengthBytes())]);
  }

  private static List<Piece> pieces(PinnedMemory pinned) {
    List<Piece> pieces = new ArrayList<>();
    long offset = pinned.offset();
    long most = Math.max(PIECE_BYTES, pinned.lengthBytes() / MAX_PIECES / Long.BYTES * Long.BYTES);
    for (MemorySegment segment : pinned.unsafeSegments()) {
      for (long at = 0; at < segment.byteSize(); at += most) {
        long length = Math.min(most, segment.byteSize() - at);
        pieces.add(new Piece(segment.asSlice(at, length), offset + at));
      }
      offset += segment.byteSize();
    }
    return pieces;
  }

  /** Tells the device to stop. It goes on as its {@link Manners} say. A second call is nothing. */
  public void stop() {
    engine.change(
        this,
        () -> {
          if (!stopping && manners.answers()) {
            stopping = true;
            long most = manners.answerWithin().toNanos();
            quiesceAtNanos = System.nanoTime() + (most == 0 ? 0 : random.nextLong(most));
          }
        });
  }

  /** Resets the device: accesses end at once, and it answers quiesced. */
  public void reset() {
    engine.change(this, () -> reset = true);
  }

  /** The device dies: no access and no answer any more, until it is reset. */
  public void die() {
    engine.change(this, () -> dead = true);
  }

  /** Waits until the device is quiesced; false if {@code wait} passed first. */
  public boolean awaitQuiesced(Duration wait) throws InterruptedException {
    return quiesced.await(wait.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Returns whether the device is quiesced. */
  public boolean isQuiesced() {
    return quiesced.getCount() == 0;
  }

  /** Returns whether accesses go on; called with the engine's lock. */
  boolean isAlive() {
    return reset || !dead;
  }

  /** Returns whether the time to answer has come; called with the engine's lock. */
  boolean mustQuiesce(long nowNanos) {
    return reset || (stopping && nowNanos - quiesceAtNanos >= 0);
  }

  /** Returns the time until the next access; called with the engine's lock. */
  long nextDueNanos(long nowNanos) {
    if (reset) {
      return nowNanos;
    }
    long mean = manners.pace().toNanos();
    long due = nowNanos + (mean == 0 ? 0 : random.nextLong(2 * mean));
    return stopping && due - quiesceAtNanos > 0 ? Math.max(nowNanos, quiesceAtNanos) : due;
  }

  /** Makes one access; called on the engine's thread, without its lock. */
  void step() {
    if (next == 0) {
      sequence = program.begin();
    }
    if (writes) {
      access(next);
      if (random.nextInt(LOOK_ONE_IN) == 0) {
        look(random.nextInt(pieces.size()));
      }
    } else {
      copy(pieces.get(next));
    }
    next++;
    if (next == pieces.size()) {
      next = 0;
      endPass();
    }
  }

  private void access(int index) {
    Piece piece = pieces.get(index);
    stamp.fill(piece.memory, piece.offset, sequence);
    written[index] = sequence;
  }

  private void copy(Piece piece) {
    MemorySegment.copy(
        piece.memory, 0, contents, piece.offset - startOffset, piece.memory.byteSize());
  }

  private void endPass() {
    if (writes) {
      lookAtAll();
      program.written(sequence);
    } else {
      program.read(contents.asReadOnly());
    }
  }

  private void lookAtAll() {
    for (int i = 0; i < pieces.size(); i++) {
      look(i);
    }
  }

  /** Reads a piece again: it must be as it was written. */
  private void look(int index) {
    if (written[index] == NOTHING) {
      return;
    }
    Piece piece = pieces.get(index);
    for (long at = 0; at < piece.memory.byteSize(); at += Long.BYTES) {
      long found = Stamp.wordOf(piece.memory, at);
      long expected = stamp.word(piece.offset + at, written[index]);
      if (found != expected) {
        program.intruded(piece.offset + at, found, expected);
        written[index] = NOTHING; // said once
        return;
      }
    }
  }

  /** Makes the last accesses and answers; called on the engine's thread, without its lock. */
  void quiesce() {
    if (over) {
      return;
    }
    over = true;
    try {
      if (writes) {
        lookAtAll();
      }
      program.quiesced();
    } finally {
      quiesced.countDown();
    }
  }
}
