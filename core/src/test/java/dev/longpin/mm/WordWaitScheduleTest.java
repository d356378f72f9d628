package dev.longpin.mm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.base.Deadline;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Result;
import dev.longpin.schedule.ScheduleExplorer.Time;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Waiting for a page word: whatever ends what is awaited wakes the one who waits. */
@Tag("scheduled")
final class WordWaitScheduleTest {

  private static final int FRAME = 0;

  /** Makes the word of a page that is whole and may be written. */
  private static PageWords words() {
    PageWords words = new PageWords(1);
    words.prepare(FRAME);
    words.publish(FRAME);
    words.set(FRAME, PageWord.UPTODATE | PageWord.WRITABLE);
    words.unlock(FRAME);
    words.dropReference(FRAME);
    return words;
  }

  /** Runs every schedule of one who waits until {@code flags} are clear and one who clears them. */
  private static void wakes(
      long flags,
      Consumer<PageWords> begin,
      Consumer<PageWords> meanwhile,
      Consumer<PageWords> end) {
    Result result =
        ScheduleExplorer.of(
                () -> {
                  PageWords words = words();
                  begin.accept(words);
                  return words;
                })
            .time(Time.STOPPED) // a wake-up that is lost is a deadlock
            .preemptions(4)
            .actor(
                "waiter",
                words -> {
                  meanwhile.accept(words);
                  assertTrue(
                      words.await(FRAME, w -> !PageWord.has(w, flags), Deadline.after(Scene.LONG)));
                })
            .actor("other", words -> end.accept(words))
            .exhaustive(20_000);
    assertTrue(result.exhausted(), result.toString());
  }

  private static void shutGate(PageWords words) {
    words.shutGate(FRAME);
  }

  @Test
  void anUndonePinWakes() {
    wakes(
        PageWord.PINS,
        words -> assertTrue(words.tryPinShort(FRAME, PageWord.ONE_SHORT_READ)),
        WordWaitScheduleTest::shutGate,
        words -> words.undoPin(FRAME, PageWord.ONE_SHORT_READ));
  }

  @Test
  void aPinThatEndsWakes() {
    wakes(
        PageWord.PINS,
        words -> assertTrue(words.tryPin(FRAME, PageWord.ONE_LONG_WRITE)),
        WordWaitScheduleTest::shutGate,
        words -> words.unpin(FRAME, PageWord.ONE_LONG_WRITE));
  }

  @Test
  void aShortPinThatEndsWakes() {
    wakes(
        PageWord.PINS,
        words -> assertTrue(words.tryPinShort(FRAME, PageWord.ONE_SHORT_READ)),
        WordWaitScheduleTest::shutGate,
        WordWaitScheduleTest::endShortPin);
  }

  private static void endShortPin(PageWords words) {
    if (!words.tryUnpinShort(FRAME, PageWord.ONE_SHORT_READ)) {
      words.unpin(FRAME, PageWord.ONE_SHORT_READ);
    }
  }

  @Test
  void aReferenceThatEndsWakes() {
    wakes(
        PageWord.COUNTS,
        words -> assertTrue(words.tryReference(FRAME)),
        WordWaitScheduleTest::shutGate,
        words -> words.dropReference(FRAME));
  }

  @Test
  void aGateThatOpensWakes() {
    wakes(
        PageWord.GATE, words -> words.shutGate(FRAME), words -> {}, words -> words.openGate(FRAME));
  }

  @Test
  void aWriteThatEndsWakes() {
    wakes(
        PageWord.STABLE | PageWord.WRITEBACK,
        words -> {
          assertTrue(words.tryReference(FRAME));
          assertTrue(words.tryStartInPlace(FRAME) != 0);
        },
        words -> {},
        words -> words.endWriteback(FRAME, PageWord.UNSYNCED));
  }

  /** Two who wait for one word are both woken. */
  @Test
  void bothWaitersWake() {
    Result result =
        ScheduleExplorer.of(
                () -> {
                  PageWords words = words();
                  assertTrue(words.tryPinShort(FRAME, PageWord.ONE_SHORT_READ));
                  return words;
                })
            .time(Time.STOPPED)
            .actor("waiter", WordWaitScheduleTest::awaitNoPin)
            .actor("other waiter", WordWaitScheduleTest::awaitNoPin)
            .actor("pinner", WordWaitScheduleTest::endShortPin)
            .exhaustive(20_000);
    assertTrue(result.exhausted(), result.toString());
  }

  private static void awaitNoPin(PageWords words) throws InterruptedException {
    assertTrue(
        words.await(FRAME, w -> !PageWord.has(w, PageWord.PINS), Deadline.after(Scene.LONG)));
  }
}
