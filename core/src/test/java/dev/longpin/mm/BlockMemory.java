package dev.longpin.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.spi.Memory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;

/** Memory in blocks, of which it is known what was given back, and whether someone wrote there. */
public final class BlockMemory implements Memory {

  private static final byte GONE = 'Z';

  private final MemorySegment region;
  private final long blockBytes;
  private final BitSet populated = new BitSet();
  private boolean freed;

  /** Makes memory of which nothing is populated. */
  public BlockMemory(MemorySegment region, long blockBytes) {
    this.region = region.fill(GONE);
    this.blockBytes = blockBytes;
  }

  @Override
  public MemorySegment segment() {
    return region;
  }

  @Override
  public boolean isResizable() {
    return true;
  }

  @Override
  public void populate(long offset, long lengthBytes) {
    change(offset, lengthBytes, true, (byte) 0);
  }

  @Override
  public void giveBack(long offset, long lengthBytes) {
    change(offset, lengthBytes, false, GONE);
  }

  @Override
  public int lend(long offset, long lengthBytes) {
    populate(offset, lengthBytes);
    return -1;
  }

  @Override
  public void takeBack(long offset, long lengthBytes) {
    giveBack(offset, lengthBytes);
  }

  private void change(long offset, long lengthBytes, boolean populate, byte content) {
    assertEquals(0, offset % blockBytes, "a whole block");
    for (long at = offset; at < offset + lengthBytes; at += blockBytes) {
      int block = (int) (at / blockBytes);
      assertEquals(!populate, populated.get(block), "populated: block " + block);
      populated.set(block, populate);
    }
    region.asSlice(offset, lengthBytes).fill(content);
  }

  @Override
  public void free() {
    freed = true;
  }

  /** Returns whether there is memory at an offset. */
  public boolean isPopulated(long offset) {
    return populated.get((int) (offset / blockBytes));
  }

  boolean isFreed() {
    return freed;
  }

  /** Checks that nobody wrote to what was given back. */
  void checkGivenBack() {
    for (long at = 0; at < region.byteSize(); at++) {
      assertTrue(
          isPopulated(at) || region.get(ValueLayout.JAVA_BYTE, at) == GONE,
          "a byte of memory that was given back was written");
    }
  }
}
