package dev.longpin.page;

import dev.longpin.page.MemoryBlock.State;
import java.util.stream.IntStream;

/**
 * The memory blocks of a cache, in two zones as the kernel's: the first ones are never given back
 * (ZONE_NORMAL), and long-term pins belong there; pages of the others can be moved (ZONE_MOVABLE)
 * and go there first. Belongs to {@link Frames}, under that lock.
 */
final class MemoryBlocks {

  private final MemoryBlock[] blocks;
  private final int framesPerBlock;
  private final int normalBlocks;
  private int onlineFrames;

  /** Makes blocks that are all offline. */
  MemoryBlocks(int frameCount, int framesPerBlock, int normalFrames) {
    this.framesPerBlock = framesPerBlock;
    this.normalBlocks = (normalFrames + framesPerBlock - 1) / framesPerBlock;
    blocks = new MemoryBlock[(frameCount - 1) / framesPerBlock + 1];
    for (int i = 0; i < blocks.length; i++) {
      int first = i * framesPerBlock;
      blocks[i] = new MemoryBlock(first, Math.min(frameCount, first + framesPerBlock));
    }
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
    return IntStream.range(normalBlocks, blocks.length).filter(i -> blocks[i].is(state)).toArray();
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
    int frame = take(normalBlocks, blocks.length);
    return frame >= 0 ? frame : takeNormal();
  }

  /** Takes a free frame of those that are never given back, or returns -1. */
  int takeNormal() {
    return take(0, normalBlocks);
  }

  private int take(int from, int to) {
    for (int i = from; i < to; i++) {
      MemoryBlock block = blocks[i];
      if (block.is(State.ONLINE) && block.freeCount() > 0) {
        return block.take();
      }
    }
    return -1;
  }

  void give(int frame) {
    blocks[frame / framesPerBlock].give(frame);
  }
}
