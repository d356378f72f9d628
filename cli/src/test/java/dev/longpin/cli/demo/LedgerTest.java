package dev.longpin.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The rules by which a run counts what is lost: a count that can't rise proves nothing. */
class LedgerTest {

  private static final int REGION = 64;

  private final Ledger ledger =
      new Ledger(10 * REGION, REGION, offset -> Stamp.of((int) (offset / REGION), 1, word(offset)));

  private static int word(long offset) {
    return (int) (offset % REGION) / Long.BYTES;
  }

  private Ledger.Write completeWrite(int region) {
    Ledger.Write write = ledger.beginWrite(region);
    ledger.endWrite(write, true);
    return write;
  }

  private void completeCut(long from, long to) {
    ledger.endCut(ledger.beginCut(from, to), true);
  }

  private Ledger.Findings look(int region, Ledger.Words words) {
    return ledger.check(region, words, ledger.now());
  }

  private static Ledger.Words stamps(int region, int sequence) {
    return index -> Stamp.of(region, sequence, index);
  }

  @Test
  void whatTheFileHeldAtFirstIsRight() {
    assertThat(look(3, stamps(3, 1)).any()).isFalse();
  }

  @Test
  void aCompleteWriteThatIsNotThereIsLost() {
    completeWrite(3);

    assertThat(look(3, stamps(3, 1)).lost()).isTrue();
    assertThat(look(3, index -> 0).lost()).isTrue();
  }

  @Test
  void aCompleteWriteThatIsThereIsRight() {
    Ledger.Write write = completeWrite(3);

    assertThat(look(3, stamps(3, write.sequence())).any()).isFalse();
  }

  @Test
  void aWriteAfterACutIsLostIfTheCutIsFound() {
    completeCut(3 * REGION, 4 * REGION);
    completeWrite(3);

    assertThat(look(3, index -> 0).lost()).isTrue();
  }

  @Test
  void aCutThatIsNotThereIsStale() {
    Ledger.Write write = completeWrite(3);
    completeCut(3 * REGION, 4 * REGION);

    assertThat(look(3, stamps(3, write.sequence())).stale()).isTrue();
    assertThat(look(3, index -> 0).any()).isFalse();
  }

  @Test
  void ofAWriteAndACutAtTheSameTimeEitherMayBeTheLast() {
    Ledger.Cut cut = ledger.beginCut(0, 10 * REGION);
    Ledger.Write write = completeWrite(3);
    ledger.endCut(cut, true);

    assertThat(look(3, index -> 0).any()).isFalse();
    assertThat(look(3, stamps(3, write.sequence())).any()).isFalse();
    assertThat(look(3, stamps(3, 1)).any()).as("but not what was before both").isTrue();
  }

  @Test
  void aCutThatChangedNothingLeavesTheWrite() {
    completeWrite(3);
    ledger.endCut(ledger.beginCut(0, 10 * REGION), false);

    assertThat(look(3, index -> 0).lost()).isTrue();
  }

  @Test
  void anotherRegionsStampIsForeign() {
    assertThat(look(3, stamps(5, 1)).foreign()).isTrue();
  }

  @Test
  void aCutInsideAWordKeepsTheRestOfIt() {
    Ledger.Write write = completeWrite(3);
    completeCut(3 * REGION + 12, 4 * REGION);
    long kept = Stamp.of(3, write.sequence(), 1) & 0xffffffffL;

    assertThat(look(3, i -> i == 0 ? Stamp.of(3, write.sequence(), 0) : i == 1 ? kept : 0).any())
        .isFalse();
    assertThat(look(3, i -> i == 0 ? 0 : i == 1 ? kept : 0).lost()).isTrue();
  }

  @Test
  void aLongHistoryIsForgottenButNotItsEnd() {
    for (int i = 0; i < 500; i++) {
      completeWrite(3);
      completeCut(3 * REGION, 4 * REGION);
    }
    Ledger.Write last = completeWrite(3);

    assertThat(look(3, stamps(3, last.sequence())).any()).isFalse();
    assertThat(look(3, index -> 0).lost()).isTrue();
  }
}
