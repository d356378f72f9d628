package dev.longpin.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.base.Cells;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.base.Seam;
import dev.longpin.base.SharedLock;
import dev.longpin.schedule.ScheduleExplorer.Result;
import dev.longpin.schedule.ScheduleExplorer.Time;
import dev.longpin.schedule.ScheduleFailure.Kind;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The scheduler finds what it has to find (the canaries), and passes what is right. */
@Tag("scheduled")
final class ScheduleExplorerTest {

  private static final Duration LONG = Duration.ofDays(1);
  private static final int BUDGET = 200_000;

  /** What most of the scenarios share. */
  private static final class Shared {
    final long[] cells = new long[2];
    final EventCount event = new EventCount();
    final EventCount otherEvent = new EventCount();
    final Mutex mutex = new Mutex(LockRank.TREE);
    final SharedLock sharedLock = new SharedLock(LockRank.INVALIDATE);
    int inside;

    void set(int cell) {
      Cells.storeRelease(cells, cell, 1);
    }

    boolean isSet(int cell) {
      return Cells.loadAcquire(cells, cell) != 0;
    }

    void incrementUnsafely() {
      Cells.storeRelease(cells, 0, Cells.loadAcquire(cells, 0) + 1);
    }

    void incrementSafely() {
      long now;
      do {
        now = Cells.loadAcquire(cells, 0);
      } while (!Cells.compareAndSet(cells, 0, now, now + 1));
    }

    void awaitSet(int cell) throws InterruptedException {
      while (true) {
        int ticket = event.ticket();
        if (isSet(cell)) {
          return;
        }
        assertTrue(event.await(ticket, Deadline.after(LONG)), "deadline passed");
      }
    }
  }

  private static ScheduleExplorer<Shared> lostUpdate() {
    return ScheduleExplorer.of(Shared::new)
        .actor("a", Shared::incrementUnsafely)
        .actor("b", Shared::incrementUnsafely)
        .check(s -> assertEquals(2, s.cells[0]));
  }

  @Test
  void aLostUpdateIsFoundByTheExhaustiveSearch() {
    ScheduleFailure failure =
        assertThrows(ScheduleFailure.class, () -> lostUpdate().exhaustive(BUDGET));
    assertEquals(Kind.THROWN, failure.kind());
    assertEquals(1, failure.id().split(",").length, "one preemption is enough: " + failure.id());
  }

  @Test
  void aLostUpdateIsFoundAtRandom() {
    ScheduleFailure failure = assertThrows(ScheduleFailure.class, () -> lostUpdate().random(1_000));
    assertTrue(failure.getMessage().contains("seed "), failure.getMessage());
  }

  @Test
  void replayGivesTheSameTraceEachTime() {
    ScheduleFailure found =
        assertThrows(ScheduleFailure.class, () -> lostUpdate().exhaustive(BUDGET));
    for (int i = 0; i < 3; i++) {
      ScheduleFailure again =
          assertThrows(ScheduleFailure.class, () -> lostUpdate().replay(found.id()));
      assertEquals(found.trace(), again.trace());
      assertEquals(found.id(), again.id());
    }
    List<String> usual = lostUpdate().replay("");
    assertEquals(usual, lostUpdate().replay(""));
  }

  @Test
  void aCompareAndSetLoopLosesNoUpdate() {
    Result result =
        ScheduleExplorer.of(Shared::new)
            .preemptions(4)
            .actor("a", Shared::incrementSafely)
            .actor("b", Shared::incrementSafely)
            .actor("c", Shared::incrementSafely)
            .check(s -> assertEquals(3, s.cells[0]))
            .exhaustive(BUDGET);
    assertTrue(result.exhausted(), result.toString());
  }

  @Test
  void aLostWakeUpIsFoundAsADeadlock() {
    ScheduleExplorer<Shared> scenario =
        ScheduleExplorer.of(Shared::new)
            .time(Time.STOPPED)
            .actor(
                "waiter",
                s -> {
                  if (!s.isSet(0)) {
                    s.event.await(s.event.ticket(), Deadline.after(LONG)); // looks, then tickets
                  }
                })
            .actor(
                "waker",
                s -> {
                  s.set(0);
                  s.event.signalAll();
                });
    ScheduleFailure failure =
        assertThrows(ScheduleFailure.class, () -> scenario.exhaustive(BUDGET));
    assertEquals(Kind.DEADLOCK, failure.kind());
    assertTrue(failure.getMessage().contains("waiter blocks on EventCount#1"), "names the event");
    assertThrows(ScheduleFailure.class, () -> scenario.random(1_000));
  }

  @Test
  void aTicketBeforeTheLookLosesNoWakeUp() {
    Result result =
        ScheduleExplorer.of(Shared::new)
            .time(Time.STOPPED)
            .preemptions(4)
            .actor("waiter", s -> s.awaitSet(0))
            .actor("other waiter", s -> s.awaitSet(0))
            .actor(
                "waker",
                s -> {
                  s.set(0);
                  s.event.signalAll();
                })
            .exhaustive(BUDGET);
    assertTrue(result.exhausted(), result.toString());
  }

  @Test
  void waitingForEachOtherIsFoundAsADeadlock() {
    ScheduleExplorer<Shared> scenario =
        ScheduleExplorer.of(Shared::new)
            .time(Time.STOPPED)
            .actor("a", s -> waitThenSignal(s.event, s.otherEvent))
            .actor("b", s -> waitThenSignal(s.otherEvent, s.event));
    ScheduleFailure failure = assertThrows(ScheduleFailure.class, () -> scenario.exhaustive(1));
    assertEquals(Kind.DEADLOCK, failure.kind());
    assertTrue(failure.getMessage().contains("a blocks on"), failure.getMessage());
    assertTrue(failure.getMessage().contains("b blocks on"), failure.getMessage());
  }

  private static void waitThenSignal(EventCount awaited, EventCount signalled)
      throws InterruptedException {
    awaited.await(awaited.ticket(), Deadline.after(LONG));
    signalled.signalAll();
  }

  @Test
  void twoLocksInOppositeOrdersAreFoundAsADeadlock() {
    // Two locks of one type and rank would be caught by LockOrder; cells as locks are not.
    ScheduleExplorer<Shared> scenario =
        ScheduleExplorer.of(Shared::new)
            .time(Time.STOPPED)
            .actor("a", s -> lockBoth(s, 0, 1))
            .actor("b", s -> lockBoth(s, 1, 0));
    ScheduleFailure failure =
        assertThrows(ScheduleFailure.class, () -> scenario.exhaustive(BUDGET));
    assertEquals(Kind.DEADLOCK, failure.kind());
    assertTrue(
        ScheduleExplorer.of(Shared::new)
            .time(Time.STOPPED)
            .actor("a", s -> lockBoth(s, 0, 1))
            .actor("b", s -> lockBoth(s, 0, 1))
            .exhaustive(BUDGET)
            .exhausted());
  }

  private static void lockBoth(Shared s, int first, int second) throws InterruptedException {
    lockCell(s, first);
    lockCell(s, second);
    unlockCell(s, second);
    unlockCell(s, first);
  }

  private static void lockCell(Shared s, int cell) throws InterruptedException {
    while (true) {
      int ticket = s.event.ticket();
      if (Cells.compareAndSet(s.cells, cell, 0, 1)) {
        return;
      }
      s.event.await(ticket, Deadline.after(LONG));
    }
  }

  private static void unlockCell(Shared s, int cell) {
    Cells.storeRelease(s.cells, cell, 0);
    s.event.signalAll();
  }

  @Test
  void aMutexExcludes() {
    ScheduleExplorer.Action<Shared> section =
        s -> {
          s.mutex.lock();
          assertEquals(1, ++s.inside);
          s.incrementUnsafely();
          s.inside--;
          s.mutex.unlock();
        };
    Result result =
        ScheduleExplorer.of(Shared::new)
            .preemptions(3)
            .actor("a", section)
            .actor("b", section)
            .actor("c", section)
            .check(s -> assertEquals(3, s.cells[0]))
            .exhaustive(BUDGET);
    assertTrue(result.exhausted(), result.toString());
  }

  @Test
  void aSharedLockKeepsWritersFromReadersAndFromEachOther() {
    ScheduleExplorer.Action<Shared> writer =
        s -> {
          assertTrue(s.sharedLock.lockExclusive(Deadline.after(LONG)));
          s.incrementUnsafely();
          s.incrementUnsafely();
          s.sharedLock.unlockExclusive();
        };
    ScheduleExplorer.Action<Shared> reader =
        s -> {
          assertTrue(s.sharedLock.lockShared(Deadline.after(LONG)));
          assertEquals(0, Cells.loadAcquire(s.cells, 0) % 2, "half of a writer's work seen");
          s.sharedLock.unlockShared();
        };
    Result result =
        ScheduleExplorer.of(Shared::new)
            .time(Time.STOPPED)
            .actor("writer", writer)
            .actor("other writer", writer)
            .actor("reader", reader)
            .actor("other reader", reader)
            .check(s -> assertEquals(4, s.cells[0]))
            .exhaustive(BUDGET);
    assertTrue(result.exhausted(), result.toString());
  }

  @Test
  void deadlinesPassInOrderOnTheVirtualClock() {
    long realStart = System.nanoTime();
    ScheduleExplorer.of(Shared::new)
        .actor(
            "late",
            s -> {
              ScheduleExplorer.sleep(LONG);
              assertTrue(s.isSet(0), "the earlier deadline comes first");
            })
        .actor(
            "early",
            s -> {
              Deadline deadline = Deadline.after(Duration.ofSeconds(10));
              assertFalse(s.event.await(s.event.ticket(), deadline));
              assertTrue(deadline.passed());
              assertEquals(Duration.ofSeconds(10), deadline.elapsed());
              s.set(0);
            })
        .exhaustive(BUDGET);
    assertTrue(System.nanoTime() - realStart < 60_000_000_000L, "a day is over in no time");
  }

  @Test
  void aDeadlineMayPassAtAnyPointWhenAskedTo() {
    ScheduleExplorer<Shared> scenario =
        ScheduleExplorer.of(Shared::new)
            .actor("waiter", s -> s.awaitSet(0))
            .actor(
                "waker",
                s -> {
                  s.set(0);
                  s.event.signalAll();
                });
    assertTrue(scenario.exhaustive(BUDGET).exhausted());
    assertThrows(ScheduleFailure.class, () -> scenario.time(Time.ANYTIME).exhaustive(BUDGET));
    assertThrows(ScheduleFailure.class, () -> scenario.random(1_000));
  }

  @Test
  void aLoopWithoutEndIsALivelock() {
    ScheduleFailure failure =
        assertThrows(
            ScheduleFailure.class,
            () ->
                ScheduleExplorer.of(Shared::new)
                    .stepLimit(500)
                    .actor("spinner", s -> spinUntilSet(s, 0))
                    .exhaustive(1));
    assertEquals(Kind.LIVELOCK, failure.kind());
  }

  @Test
  void whoPausesLetsOthersRun() {
    Result result =
        ScheduleExplorer.of(Shared::new)
            .stepLimit(500)
            .actor("spinner", s -> spinUntilSet(s, 0))
            .actor("other spinner", s -> spinUntilSet(s, 0))
            .actor("setter", s -> s.set(0))
            .exhaustive(BUDGET);
    assertTrue(result.exhausted(), result.toString());
  }

  private static void spinUntilSet(Shared s, int cell) {
    while (!s.isSet(cell)) {
      Seam.pause();
    }
  }

  @Test
  void startedActorsRunAndThoseLeftOverAreStopped() {
    AtomicInteger ended = new AtomicInteger();
    Result result =
        ScheduleExplorer.of(
                () -> {
                  Shared s = new Shared();
                  Seam.startDaemon("daemon", () -> loop(s, ended));
                  return s;
                })
            .time(Time.STOPPED)
            .actor("a", s -> Seam.startTask("task", () -> wake(s)))
            .actor("b", s -> s.awaitSet(0))
            .exhaustive(BUDGET);
    assertTrue(result.exhausted(), result.toString());
    assertTrue(ended.get() > 0, "daemons were unwound");
  }

  private static void wake(Shared s) {
    s.set(0);
    s.event.signalAll();
  }

  private static void loop(Shared s, AtomicInteger ended) {
    try {
      while (true) {
        s.otherEvent.await(s.otherEvent.ticket(), Deadline.after(LONG));
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      ended.incrementAndGet();
    }
  }

  @Test
  void anInterruptEndsAWaitThatHasADeadline() {
    Result result =
        ScheduleExplorer.of(Shared::new)
            .time(Time.STOPPED)
            .actor(
                "waiter",
                s ->
                    assertThrows(
                        InterruptedException.class,
                        () -> s.event.await(s.event.ticket(), Deadline.after(LONG))))
            .actor("interrupter", s -> ScheduleExplorer.interrupt("waiter"))
            .exhaustive(BUDGET);
    assertTrue(result.exhausted(), result.toString());
  }
}
