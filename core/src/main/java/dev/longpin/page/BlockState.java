package dev.longpin.page;

/**
 * Which blocks of each page are up to date, dirty, and have their space on disk (the kernel's
 * buffer heads, or iomap's folio state), so that a small write to a big page reads and writes its
 * blocks only. Guarded by the page lock, but for the summary bits in the {@linkplain PageWord
 * word}.
 */
public final class BlockState {

  /** Bytes in a block: the smallest page. */
  public static final int BLOCK_SIZE = 4096;

  /** The three states of a block, each independent of the others. */
  public enum State {
    /** Memory holds what the file holds, or something newer. */
    UPTODATE,
    /** Memory is newer than the store. */
    DIRTY,
    /** The store has space for the block. */
    RESERVED
  }

  private static final int STATES = State.values().length;

  private final int blocksPerPage;
  private final int wordsPerState;
  private final long[] bits;

  /** Makes the state of pages that have nothing up to date. */
  public BlockState(int frameCount, int pageSize) {
    blocksPerPage = pageSize / BLOCK_SIZE;
    wordsPerState = (blocksPerPage + Long.SIZE - 1) / Long.SIZE;
    bits = new long[Math.multiplyExact(frameCount, STATES * wordsPerState)];
  }

  /** Returns the number of blocks in a page. */
  public int blocksPerPage() {
    return blocksPerPage;
  }

  /** Forgets everything about the page in {@code frame}. */
  public void reset(int frame) {
    int first = frame * STATES * wordsPerState;
    for (int i = first; i < first + STATES * wordsPerState; i++) {
      bits[i] = 0;
    }
  }

  /** Gives the page of a frame what that of another has. */
  public void move(int from, int to) {
    int length = STATES * wordsPerState;
    System.arraycopy(bits, from * length, bits, to * length, length);
  }

  /** Returns whether blocks {@code [from, to)} all have {@code state}. */
  public boolean all(int frame, State state, int from, int to) {
    return nextClear(frame, state, from, to) == to;
  }

  /** Gives blocks {@code [from, to)} the state. */
  public void set(int frame, State state, int from, int to) {
    for (int block = from; block < to; block++) {
      bits[word(frame, state, block)] |= 1L << block;
    }
  }

  /** Takes the state from blocks {@code [from, to)}. */
  public void clear(int frame, State state, int from, int to) {
    for (int block = from; block < to; block++) {
      bits[word(frame, state, block)] &= ~(1L << block);
    }
  }

  /** Returns the first block of {@code [from, to)} that has the state, or {@code to}. */
  public int nextSet(int frame, State state, int from, int to) {
    int block = from;
    while (block < to && (bits[word(frame, state, block)] & 1L << block) == 0) {
      block++;
    }
    return block;
  }

  /** Returns the first block of {@code [from, to)} that lacks the state, or {@code to}. */
  public int nextClear(int frame, State state, int from, int to) {
    int block = from;
    while (block < to && (bits[word(frame, state, block)] & 1L << block) != 0) {
      block++;
    }
    return block;
  }

  private int word(int frame, State state, int block) {
    return (frame * STATES + state.ordinal()) * wordsPerState + block / Long.SIZE;
  }
}
