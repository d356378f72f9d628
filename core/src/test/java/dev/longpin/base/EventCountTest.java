package dev.longpin.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class EventCountTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  @Test
  void aSignalAfterTheTicketEndsTheWaitAtOnce() throws InterruptedException {
    EventCount event = new EventCount();
    int ticket = event.ticket();
    event.signalAll();
    assertTrue(event.await(ticket, Deadline.after(Duration.ZERO)));
    assertFalse(event.await(event.ticket(), Deadline.after(Duration.ZERO)));
  }

  /** Hands a number to and fro: one lost wake-up, and it takes 30 seconds. */
  @Test
  void noWakeUpIsLostBetweenThreads() throws Exception {
    EventCount event = new EventCount();
    LongCell turn = new LongCell(0);
    int players = 4;
    int rounds = 5_000;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (int player = 0; player < players; player++) {
        int me = player;
        running.add(
            threads.submit(() -> {
              for (int round = 0; round < rounds; round++) {
                awaitValue(event, turn, (long) round * players + me);
                turn.add(1);
                event.signalAll();
              }
              return null;
            }));
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
    assertEquals((long) players * rounds, turn.get());
  }

  private static void awaitValue(EventCount event, LongCell cell, long value)
      throws InterruptedException {
    while (true) {
      int ticket = event.ticket();
      if (cell.get() == value) {
        return;
      }
      assertTrue(event.await(ticket, Deadline.after(LONG)), "a wake-up was lost");
    }
  }

  @Test
  void anInterruptEndsTheWait() {
    EventCount event = new EventCount();
    Thread.currentThread().interrupt();
    assertThrows(
        InterruptedException.class, () -> event.await(event.ticket(), Deadline.after(LONG)));
    assertFalse(Thread.interrupted());
  }
}
