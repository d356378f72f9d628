package dev.longpin.cli.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.cli.ledger.Cut.Outcome;
import dev.longpin.cli.ledger.Findings.Kind;
import dev.longpin.sim.Stamp;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rules by which the demo counts. */
class LedgerTest {
  private static final Stamp STAMP = new Stamp(11);
  private static final Geometry GEOMETRY = new Geometry(80, 10);
  private static final long SIZE = 400;
  private static final long END = 80;
  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Ledger ledger = new Ledger(GEOMETRY, STAMP, SIZE, Baseline.STAMPED, false);

  /** The file: of region 0 alone, except where a test says otherwise. */
  private final MemorySegment file = MemorySegment.ofArray(new byte[800]);

  LedgerTest() {
    STAMP.fill(file.asSlice(0, SIZE), 0, 0);
  }

  /** Begins a write of all of region 0, and has it land in the file. */
  private long land() {
    long sequence = ledger.issue(0);
    STAMP.fill(file.asSlice(0, END), 0, sequence);
    return sequence;
  }

  private void complete(long sequence) {
    long now = ledger.tick();
    ledger.completed(0, END, sequence, now, now);
  }

  private void write() {
    complete(land());
  }

  private void zero(long from, long to) {
    file.asSlice(from, to - from).fill((byte) 0);
  }

  private Findings look() {
    return ledger.judge(ledger.expect(0, END), file.asSlice(0, END));
  }

  private void assertFine() {
    assertThat(look().bad()).isEmpty();
  }

  private void assertBad(Kind kind) {
    assertThat(look().bad()).singleElement().extracting(Findings.Bad::kind).isEqualTo(kind);
  }

  @Test
  void whatTheFileHeldAtFirstMustBeThere() {
    assertFine();
    zero(16, 24);
    assertBad(Kind.MISSING);
  }

  @Test
  void aCompletedWriteThatIsNotInTheFileIsLost() {
    assertThat(ledger.tryOwn(0)).isTrue();
    write();
    assertFine();

    STAMP.fill(file.asSlice(0, END), 0, 0);
    assertBad(Kind.OLD);
    zero(0, END);
    assertBad(Kind.MISSING);
  }

  @Test
  void aWriteThatWasNotCompletedMayBeThereOrNot() {
    assertThat(ledger.tryOwn(0)).isTrue();
    var _ = ledger.issue(0);
    assertFine();
    STAMP.fill(file.asSlice(0, 40), 0, 1);
    assertFine();
    STAMP.fill(file.asSlice(0, 40), 0, 2);
    assertBad(Kind.UNKNOWN);
  }

  @Test
  void aWriteCompletedAfterTheCutHadEndedIsLostIfItIsNotThere() {
    assertThat(ledger.tryOwn(0)).isTrue();
    long sequence = land(); // the device began before the cut, and never heard of it
    Cut cut = ledger.beginCut(0, 800);
    zero(0, 800);
    var _ = ledger.endCut(cut, Outcome.DONE);
    complete(sequence);

    assertBad(Kind.MISSING);
  }

  @Test
  void aWriteCompletedBeforeTheCutMustBeGone() {
    assertThat(ledger.tryOwn(0)).isTrue();
    write();
    Cut cut = ledger.beginCut(0, 800);
    var _ = ledger.endCut(cut, Outcome.DONE);

    assertBad(Kind.OLD);
    zero(0, END);
    assertFine();
  }

  @Test
  void aWriteCompletedDuringTheCutMayBeThereOrNot() {
    assertThat(ledger.tryOwn(0)).isTrue();
    Cut cut = ledger.beginCut(0, 800);
    write();
    var _ = ledger.endCut(cut, Outcome.DONE);

    assertFine();
    zero(0, END);
    assertFine();
    STAMP.fill(file.asSlice(0, END), 0, 0);
    assertBad(Kind.OLD);
  }

  @Test
  void aCompletionThatIsToldLateCountsFromWhenItWas() {
    assertThat(ledger.tryOwn(0)).isTrue();
    long sequence = land();
    Cut cut = ledger.beginCut(0, 800);
    long then = ledger.tick();
    var _ = ledger.endCut(cut, Outcome.DONE);
    ledger.completed(0, END, sequence, then, then);

    assertFine();
    zero(0, END);
    assertFine();
  }

  @Test
  void whileACutIsUnderWayZerosMayBeFound() {
    Cut cut = ledger.beginCut(0, 800);
    assertFine();
    zero(0, END);
    assertFine();
    var _ = ledger.endCut(cut, Outcome.NOTHING);
    assertBad(Kind.MISSING);
  }

  @Test
  void aCutThatFailedHalfWayAllowsEverything() {
    Cut cut = ledger.beginCut(0, 800);
    var _ = ledger.endCut(cut, Outcome.UNKNOWN);

    assertFine();
    zero(0, 40);
    assertFine();
  }

  @Test
  void onlyTheWordsThatWereCutAreExcused() {
    Cut cut = ledger.beginCut(24, 48);
    zero(24, 48);
    var _ = ledger.endCut(cut, Outcome.DONE);

    assertFine();
    zero(48, 56);
    assertThat(look().bad()).singleElement().extracting(Findings.Bad::offset).isEqualTo(48L);
  }

  @Test
  void aWordOfAnotherPlaceIsAReusedFrame() {
    file.set(WORD, 32, STAMP.word(4096, 1));

    assertBad(Kind.FOREIGN);
    assertThat(look().hasForeign()).isTrue();
    file.set(WORD, 8, 0);
    assertThat(look().hasForeign()).as("even if another word is wrong first").isTrue();
  }

  @Test
  void aReaderIsHeldToWhatWasCompleteBeforeItBegan() {
    assertThat(ledger.tryOwn(0)).isTrue();
    write();
    Expectation expectation = ledger.expect(0, END);
    write();
    STAMP.fill(file.asSlice(0, END), 0, 1);

    assertThat(ledger.judge(expectation, file.asSlice(0, END)).isFine()).isTrue();
    assertThat(look().isFine()).isFalse();
  }

  @Test
  void aFileThatEndsTooEarlyLacksWords() {
    Findings findings = ledger.judge(ledger.expect(0, END), file.asSlice(0, 44));

    assertThat(findings.bad())
        .singleElement()
        .extracting(Findings.Bad::offset, Findings.Bad::kind)
        .containsExactly(40L, Kind.UNKNOWN); // half a word is none
  }

  @Test
  void whatLiesBeyondTheFirstEndIsZerosUntilItIsWritten() {
    Findings zeros = ledger.judge(ledger.expect(SIZE, 800), file.asSlice(SIZE, SIZE));
    assertThat(zeros.isFine()).isTrue();

    file.set(WORD, SIZE, STAMP.word(SIZE, 0));
    Findings ghost = ledger.judge(ledger.expect(SIZE, 800), file.asSlice(SIZE, SIZE));
    assertThat(ghost.isFine()).isFalse();
  }

  @Test
  void aRegionHasOneWriterOrSomeReaders() {
    assertThat(ledger.tryShare(3)).isTrue();
    assertThat(ledger.tryShare(3)).isTrue();
    assertThat(ledger.tryOwn(3)).isFalse();
    ledger.unshare(3);
    ledger.unshare(3);
    assertThat(ledger.tryOwn(3)).isTrue();
    assertThat(ledger.tryShare(3)).isFalse();
    assertThat(ledger.tryOwn(3)).isFalse();
    ledger.disown(3);
    assertThat(ledger.tryShare(3)).isTrue();
  }

  @Test
  void aForceGuaranteesWhatWasCompleteAndOnlyOnce() {
    assertThat(ledger.tryOwn(0)).isTrue();
    write();
    var _ = ledger.issue(0);

    List<Guarantee> guarantees = ledger.guarantees(0, 40);
    assertThat(guarantees).containsExactly(new Guarantee(0, 40, 1));
    ledger.logged(guarantees);
    assertThat(ledger.guarantees(0, Long.MAX_VALUE)).containsExactly(new Guarantee(40, 80, 1));
  }

  @Test
  void whatMayHaveBeenCutIsNotGuaranteed() {
    assertThat(ledger.tryOwn(0)).isTrue();
    Cut cut = ledger.beginCut(0, 40);
    write();
    var _ = ledger.endCut(cut, Outcome.DONE);

    assertThat(ledger.guarantees(0, 800)).containsExactly(new Guarantee(40, 80, 1));
  }

  @Test
  void aCopyOfAFileIsComparedWithItUntilItIsWritten() {
    Baseline baseline = (offset, word) -> word == 0xABCDL;
    Ledger copy = new Ledger(GEOMETRY, STAMP, SIZE, baseline, false);
    MemorySegment found = MemorySegment.ofArray(new byte[8]);
    found.set(WORD, 0, 0xABCDL);
    assertThat(copy.judge(copy.expect(0, 8), found).isFine()).isTrue();

    assertThat(copy.tryOwn(0)).isTrue();
    long sequence = copy.issue(0);
    long now = copy.tick();
    copy.completed(0, 8, sequence, now, now);
    assertThat(copy.judge(copy.expect(0, 8), found).isFine()).isFalse();
  }
}
