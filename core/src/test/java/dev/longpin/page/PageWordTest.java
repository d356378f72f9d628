package dev.longpin.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.PagePins;
import dev.longpin.base.Deadline;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The layout of a page word: disjoint, complete, and no count overflows into its neighbour (I12).
 */
class PageWordTest {

  private static final Map<String, Long> FLAGS = new LinkedHashMap<>();
  private static final Map<Long, Long> FIELDS = new LinkedHashMap<>();

  static {
    FLAGS.put("MAPPED", PageWord.MAPPED);
    FLAGS.put("GATE", PageWord.GATE);
    FLAGS.put("DIRTY", PageWord.DIRTY);
    FLAGS.put("DIRTY_ALL", PageWord.DIRTY_ALL);
    FLAGS.put("WRITEBACK", PageWord.WRITEBACK);
    FLAGS.put("STABLE", PageWord.STABLE);
    FLAGS.put("UNSYNCED", PageWord.UNSYNCED);
    FLAGS.put("REFERENCED", PageWord.REFERENCED);
    FLAGS.put("WAITERS", PageWord.WAITERS);
    FLAGS.put("LOCKED", PageWord.LOCKED);
    FLAGS.put("UPTODATE", PageWord.UPTODATE);
    FLAGS.put("WRITABLE", PageWord.WRITABLE);
    FLAGS.put("ORPHAN", PageWord.ORPHAN);
    FLAGS.put("FILLING", PageWord.FILLING);
    FIELDS.put(PageWord.ONE_REFERENCE, PageWord.REFERENCES);
    FIELDS.put(PageWord.ONE_SHORT_READ, PageWord.SHORT_READS);
    FIELDS.put(PageWord.ONE_SHORT_WRITE, PageWord.SHORT_WRITES);
    FIELDS.put(PageWord.ONE_LONG_READ, PageWord.LONG_READS);
    FIELDS.put(PageWord.ONE_LONG_WRITE, PageWord.LONG_WRITES);
  }

  static Iterable<Long> units() {
    return FIELDS.keySet();
  }

  @Test
  void flagsAndFieldsAreDisjointAndComplete() {
    long all = 0;
    for (long flag : FLAGS.values()) {
      assertThat(Long.bitCount(flag)).isEqualTo(1);
      assertThat(all & flag).isZero();
      all |= flag;
    }
    assertThat(all).isEqualTo(PageWord.FLAGS);
    for (long field : FIELDS.values()) {
      assertThat(all & field).isZero();
      all |= field;
    }
    assertThat(all).isEqualTo(-1L);
  }

  @Test
  void aFieldIsContiguousAndBeginsAtItsUnit() {
    FIELDS.forEach((unit, field) -> {
      assertThat(Long.lowestOneBit(field)).isEqualTo(unit);
      long ones = field >>> Long.numberOfTrailingZeros(field);
      assertThat(ones & ones + 1).isZero();
      assertThat(PageWord.fieldOf(unit)).isEqualTo(field);
    });
  }

  @Test
  void everyKindOfPinHasAUnitOfItsOwn() {
    assertThat(PageWord.unit(Access.READ, false)).isEqualTo(PageWord.ONE_SHORT_READ);
    assertThat(PageWord.unit(Access.WRITE, false)).isEqualTo(PageWord.ONE_SHORT_WRITE);
    assertThat(PageWord.unit(Access.OVERWRITE, false)).isEqualTo(PageWord.ONE_SHORT_WRITE);
    assertThat(PageWord.unit(Access.READ, true)).isEqualTo(PageWord.ONE_LONG_READ);
    assertThat(PageWord.unit(Access.WRITE, true)).isEqualTo(PageWord.ONE_LONG_WRITE);
    assertThat(PageWord.unit(Access.OVERWRITE, true)).isEqualTo(PageWord.ONE_LONG_WRITE);
    assertThat(PageWord.PINS)
        .isEqualTo(PageWord.SHORT_PINS | PageWord.LONG_PINS)
        .isEqualTo(PageWord.COUNTS & ~PageWord.REFERENCES);
    assertThat(PageWord.WRITE_PINS).isEqualTo(PageWord.SHORT_WRITES | PageWord.LONG_WRITES);
  }

  @Test
  void whatIsNoUnitHasNoField() {
    for (long notOne : new long[] {0, PageWord.MAPPED, 1L << 15, -1, Long.MIN_VALUE}) {
      assertThatThrownBy(() -> PageWord.fieldOf(notOne))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** I12: full is the largest count that the field holds, whatever else is in the word. */
  @ParameterizedTest
  @MethodSource("units")
  void aFieldIsFullBeforeItOverflows(long unit) {
    long field = PageWord.fieldOf(unit);
    for (long rest : new long[] {0, ~field}) {
      assertThat(PageWord.isFull(rest, unit)).isFalse();
      assertThat(PageWord.isFull(rest | field - unit, unit)).isFalse();
      assertThat(PageWord.isFull(rest | field, unit)).isTrue();
      long oneMore = (rest | field - unit) + unit;
      assertThat(oneMore & ~field).as("no carry").isEqualTo(rest);
    }
  }

  /** I12: the last pin that fits is added, the next is refused, and the word is as it was. */
  @ParameterizedTest
  @MethodSource("units")
  void aPinThatWouldOverflowIsRefusedAndChangesNothing(long unit) throws Exception {
    if (unit == PageWord.ONE_REFERENCE) {
      return; // a reference is awaited instead: see the next test
    }
    PageWords words = page();
    long max = Long.divideUnsigned(PageWord.fieldOf(unit), unit);
    for (long i = 0; i < max; i++) {
      assertThat(i % 2 == 0 ? words.tryPin(0, unit) : pinLocked(words, unit)).isTrue();
    }
    long full = words.load(0);
    assertThat(PageWord.isFull(words.load(0), unit)).isTrue();
    assertThat(words.tryPin(0, unit)).isFalse();
    assertThat(pinLocked(words, unit)).isFalse();
    if (PageWord.has(unit, PageWord.SHORT_PINS)) {
      assertThat(words.tryPinShort(0, unit)).isFalse();
    }
    assertThat(words.load(0)).isEqualTo(full);
    assertThat(full & PageWord.COUNTS).isEqualTo(PageWord.fieldOf(unit));
    for (long i = 0; i < max; i++) {
      words.unpin(0, unit);
    }
    assertThat(words.load(0) & PageWord.COUNTS).isZero();
    assertThatThrownBy(() -> words.unpin(0, unit)).isInstanceOf(AssertionError.class);
  }

  /** The fast path leaves the upper half of the counts to the slow path. */
  @ParameterizedTest
  @ValueSource(longs = {PageWord.ONE_SHORT_READ, PageWord.ONE_SHORT_WRITE})
  void halfOfTheShortPinsAreFast(long unit) {
    PageWords words = page();
    long half = Long.divideUnsigned(PageWord.fieldOf(unit), unit) / 2 + 1;
    for (long i = 0; i < half; i++) {
      assertThat(words.tryPinShort(0, unit)).isTrue();
    }
    assertThat(words.tryPinShort(0, unit)).isFalse();
    assertThat(words.tryPin(0, unit)).isTrue();
    assertThat(words.load(0) & PageWord.COUNTS).isEqualTo((half + 1) * unit);
  }

  /** A fast unpin changes nothing but the count, or nothing at all. */
  @ParameterizedTest
  @ValueSource(longs = {PageWord.ONE_SHORT_READ, PageWord.ONE_SHORT_WRITE})
  void aFastUnpinOnlyCounts(long unit) {
    PageWords words = page();
    words.set(0, PageWord.DIRTY | PageWord.DIRTY_ALL);
    refusesFastUnpin(words, unit, "no such pin");
    assertThat(words.tryPin(0, unit)).isTrue();
    words.set(0, PageWord.WAITERS);
    refusesFastUnpin(words, unit, "someone waits");
    words.clear(0, PageWord.WAITERS);
    long pinned = words.load(0);
    assertThat(words.tryUnpinShort(0, unit)).isTrue();
    assertThat(words.load(0)).isEqualTo(pinned - unit);
    assertThat(words.tryPin(0, unit)).isTrue();
    words.orphan(0);
    refusesFastUnpin(words, unit, "disconnected");
  }

  /** I3: what makes a page dirty does more than count. */
  @Test
  void aFastUnpinIsOfADirtyPage() {
    PageWords words = page();
    assertThat(words.tryPin(0, PageWord.ONE_SHORT_WRITE)).isTrue();
    refusesFastUnpin(words, PageWord.ONE_SHORT_WRITE, "clean");
    words.set(0, PageWord.DIRTY);
    refusesFastUnpin(words, PageWord.ONE_SHORT_WRITE, "some of it dirty");
  }

  private static void refusesFastUnpin(PageWords words, long unit, String why) {
    long word = words.load(0);
    assertThat(words.tryUnpinShort(0, unit)).as(why).isFalse();
    assertThat(words.load(0)).as(why).isEqualTo(word);
  }

  private static boolean pinLocked(PageWords words, long unit) throws InterruptedException {
    assertThat(words.lock(0, Deadline.after(Duration.ofSeconds(10)))).isTrue();
    boolean pinned = words.tryPinLocked(0, unit);
    words.unlock(0);
    return pinned;
  }

  private static PageWords page() {
    PageWords words = new PageWords(1);
    words.prepare(0);
    words.publish(0);
    words.set(0, PageWord.UPTODATE | PageWord.WRITABLE);
    words.unlock(0);
    words.dropReference(0);
    return words;
  }

  /** I12: nor is it waited for here, where the caller may hold a lock. */
  @Test
  void aReferenceThatWouldOverflowIsRefused() {
    PageWords words = page();
    for (int i = 0; i < 255; i++) {
      assertThat(words.tryReference(0)).isTrue();
    }
    long full = words.load(0);
    assertThat(PageWord.canReference(full)).isFalse();
    assertThat(words.tryReference(0)).isFalse();
    assertThat(words.load(0)).isEqualTo(full);
    words.dropReference(0);
    assertThat(words.tryReference(0)).isTrue();
    assertThat(words.load(0)).isEqualTo(full);
  }

  @Test
  void countsAreDecodedFromTheirFields() {
    long word =
        PageWord.MAPPED
            | 3 * PageWord.ONE_REFERENCE
            | 4 * PageWord.ONE_SHORT_READ
            | 5 * PageWord.ONE_SHORT_WRITE
            | 6 * PageWord.ONE_LONG_READ
            | 7 * PageWord.ONE_LONG_WRITE;
    assertThat(PageWord.references(word)).isEqualTo(3);
    assertThat(PageWord.shortPins(word)).isEqualTo(9);
    assertThat(PageWord.pins(word)).isEqualTo(new PagePins(4, 5, 6, 7));
    assertThat(PageWord.references(-1)).isEqualTo(255);
    assertThat(PageWord.pins(-1)).isEqualTo(new PagePins(4095, 1023, 2047, 511));
    assertThat(PageWord.describe(word)).isEqualTo("MAPPED refs=3 short=4r+5w long=6r+7w");
  }

  @Test
  void everyFlagIsDescribedByItsName() {
    FLAGS.forEach((name, flag) -> assertThat(PageWord.describe(flag)).startsWith(name + " refs=0"));
    assertThat(PageWord.describe(0)).isEqualTo("free refs=0 short=0r+0w long=0r+0w");
    assertThat(PageWord.describe(-1)).startsWith(String.join("|", FLAGS.keySet()) + " refs=255");
  }

  /** I8: a page under a long-term write pin doesn't count for throttling; a free frame neither. */
  @Test
  void aPageCountsAsDirtyWhenItCanGetClean() {
    long dirty = PageWord.MAPPED | PageWord.DIRTY;
    assertThat(PageWord.countsAsDirty(dirty)).isTrue();
    assertThat(PageWord.countsAsDirty(dirty | PageWord.ONE_SHORT_WRITE)).isTrue();
    assertThat(PageWord.countsAsDirty(dirty | PageWord.LONG_READS)).isTrue();
    assertThat(PageWord.countsAsDirty(dirty | PageWord.ONE_LONG_WRITE)).isFalse();
    assertThat(PageWord.countsAsDirty(PageWord.DIRTY)).isFalse();
    assertThat(PageWord.countsAsDirty(PageWord.MAPPED | PageWord.WRITE_PINS)).isFalse();
    assertThat(PageWord.isDirty(PageWord.MAPPED | PageWord.ONE_SHORT_WRITE)).isTrue();
    assertThat(PageWord.isDirty(PageWord.MAPPED | PageWord.LONG_READS)).isFalse();
  }
}
