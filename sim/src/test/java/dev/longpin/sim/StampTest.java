package dev.longpin.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StampTest {
  private static final Stamp STAMP = new Stamp(42);

  @ParameterizedTest
  @ValueSource(longs = {0, 8, 4096, (8L << 30) - 8})
  void aWordTellsItsSequenceWhereItBelongs(long offset) {
    for (long sequence : new long[] {0, 1, 77, Stamp.MAX_SEQUENCE}) {
      long word = STAMP.word(offset, sequence);
      assertThat(STAMP.sequenceAt(offset, word)).isEqualTo(sequence);
      assertThat(STAMP.isForeignAt(offset, word)).isFalse();
      assertThat(word).isNotZero();
    }
  }

  @Test
  void aWordOfAnotherPlaceIsForeign() {
    long word = STAMP.word(4096, 3);

    assertThat(STAMP.sequenceAt(8192, word)).isEqualTo(Stamp.NONE);
    assertThat(STAMP.isForeignAt(8192, word)).isTrue();
  }

  @Test
  void zerosAreNoStampAnywhere() {
    for (long offset = 0; offset < 1 << 20; offset += Long.BYTES) {
      assertThat(STAMP.sequenceAt(offset, 0)).isEqualTo(Stamp.NONE);
      assertThat(STAMP.isForeignAt(offset, 0)).isFalse();
    }
  }

  @Test
  void theStampsOfAnotherRunAreNone() {
    Stamp other = new Stamp(43);
    int taken = 0;
    for (long offset = 0; offset < 1 << 16; offset += Long.BYTES) {
      taken += STAMP.sequenceAt(offset, other.word(offset, 5)) == Stamp.NONE ? 0 : 1;
    }
    assertThat(taken).as("of 8192 words, one in 16384 may be taken for ours").isLessThan(8);
  }

  @Test
  void aFilledRangeHasEveryWordInItsPlace() {
    MemorySegment memory = MemorySegment.ofArray(new byte[80]);
    STAMP.fill(memory, 4056, 9);

    for (int at = 0; at < 80; at += Long.BYTES) {
      assertThat(Stamp.wordOf(memory, at)).isEqualTo(STAMP.word(4056 + at, 9));
    }
  }
}
