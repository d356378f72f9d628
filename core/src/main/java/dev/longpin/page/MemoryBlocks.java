package dev.longpin.page;

import dev.longpin.page.MemoryBlock.State;
import java.util.stream.IntStream;

/**
 * The memory blocks of a cache, in zones as the kernel's: the first ones are never given back
 * (ZONE_NORMAL), and long-term pins belong there; pages of the others can be moved (ZONE_MOVABLE)
 * and go there first. The last ones are for lending (as ZONE_DEVICE is for devices). Belongs to
 * {@link Frames}, under that lock.
 */
final class MemoryBlocks {

  private final MemoryBlock[] blocks;
  private final int framesPerBlock;
  private final int normalBlocks;
  private final int generalBlocks;
  private int onlineFrames;

  /** Makes blocks that are all offline. */
  MemoryBlocks(int frameCount, int framesPerBlock, int normalFrames, int generalFrames) {
    this.framesPerBlock = framesPerBlock;
    this.normalBlocks = blocksOf(normalFrames);
    this.generalBlocks = blocksOf(generalFrames);
    blocks = new MemoryBlock[(frameCount - 1) / framesPerBlock + 1];
    for (int i = 0; i < blocks.length; i++) {
      int first = i * framesPerBlock;
      blocks[i] = new MemoryBlock(first, Math.min(frameCount, first + framesPerBlock));
    }
  }

  private int blocksOf(int frameCount) {
    return (frameCount + framesPerBlock - 1) / framesPerBlock;
  }

  MemoryBlock block(int number) {
    return blocks[number];
  }

  int framesPerBlock() {
    return framesPerBlock;
  }

  boolean isNormal(int frame) {
    return frame / framesPerBlock < normalBlocks;
  }

  /** Returns the numbers of the blocks that can be moved out of and are in a state. */
  int[] movable(State state) {
    return IntStream.range(normalBlocks, generalBlocks).filter(i -> blocks[i].is(state)).toArray();
  }

  /** Returns the first of so many blocks in a row that can be lent, or -1. */
  int findLendable(int count) {
    int run = 0;
    for (int i = generalBlocks; i < blocks.length; i++) {
      run = blocks[i].is(State.OFFLINE) ? run + 1 : 0;
      if (run == count) {
        return i + 1 - count;
      }
    }
    return -1;
  }

  boolean isLendable(int frame) {
    return frame / framesPerBlock >= generalBlocks;
  }

  /** Puts a block into another state; its free frames count as free when it is online. */
  void set(int number, State next) {
    MemoryBlock block = blocks[number];
    onlineFrames += (next == State.ONLINE ? 1 : 0) * block.frameCount();
    onlineFrames -= (block.is(State.ONLINE) ? 1 : 0) * block.frameCount();
    block.state = next;
  }

  int onlineFrames() {
    return onlineFrames;
  }

  int freeFrames() {
    int count = 0;
    for (MemoryBlock block : blocks) {
      count += block.is(State.ONLINE) ? block.freeCount() : 0;
    }
    return count;
  }

  /** Takes a free frame, of those that can be moved out of if there is one; else returns -1. */
  int take() {
    int frame = take(normalBlocks, generalBlocks, State.ONLINE);
    return frame >= 0 ? frame : take(0, normalBlocks, State.ONLINE);
  }

  /** Takes a free frame of the blocks with frames {@code [from, to)}, or returns -1. */
  int take(int from, int to) {
    return take(from / framesPerBlock, blocksOf(to), State.ONLINE);
  }

  /** Takes a free frame of blocks {@code [from, to)}, which are lent, or returns -1. */
  int takeLent(int from, int to) {
    return take(from, to, State.LENT);
  }

  private int take(int from, int to, State state) {
    for (int i = from; i < to; i++) {
      MemoryBlock block = blocks[i];
      if (block.is(state) && block.freeCount() > 0) {
        return block.take();
      }
    }
    return -1;
  }

  void give(int frame) {
    blocks[frame / framesPerBlock].give(frame);
  }
}
