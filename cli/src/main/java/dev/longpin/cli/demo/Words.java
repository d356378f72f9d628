package dev.longpin.cli.demo;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/** The words of a region whose memory is scattered; a word never spans two pieces. */
final class Words implements Ledger.Words {

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final List<MemorySegment> pieces;
  private final int count;

  Words(List<MemorySegment> pieces) {
    this.pieces = pieces;
    long bytes = 0;
    for (MemorySegment piece : pieces) {
      bytes += piece.byteSize();
    }
    count = (int) (bytes / Long.BYTES);
  }

  int count() {
    return count;
  }

  @Override
  public long at(int index) {
    long position = (long) index * Long.BYTES;
    for (MemorySegment piece : pieces) {
      if (position < piece.byteSize()) {
        return piece.get(LONG, position);
      }
      position -= piece.byteSize();
    }
    throw new IndexOutOfBoundsException(index);
  }

  void set(int index, long word) {
    long position = (long) index * Long.BYTES;
    for (MemorySegment piece : pieces) {
      if (position < piece.byteSize()) {
        piece.set(LONG, position, word);
        return;
      }
      position -= piece.byteSize();
    }
    throw new IndexOutOfBoundsException(index);
  }
}
