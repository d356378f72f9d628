package dev.longpin.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DeadlineTest {

  @ParameterizedTest
  @ValueSource(longs = {0, -1, -1_000_000_000L, Long.MIN_VALUE})
  void zeroOrLessHasPassedAlready(long seconds) {
    Deadline deadline = Deadline.after(Duration.ofSeconds(seconds));
    assertTrue(deadline.passed());
    assertEquals(0, deadline.remainingNanos());
    assertEquals(Duration.ZERO, deadline.length());
  }

  @ParameterizedTest
  @ValueSource(longs = {1_000, 100L * 365 * 86_400, 10_000_000_000L, Long.MAX_VALUE})
  void aLongOneNeitherPassesNorOverflows(long seconds) {
    Deadline deadline = Deadline.after(Duration.ofSeconds(seconds, 999_999_999));
    assertFalse(deadline.passed());
    assertTrue(deadline.remainingNanos() > Duration.ofMinutes(15).toNanos());
    assertTrue(deadline.remainingNanos() <= deadline.length().toNanos());
    assertTrue(deadline.atNanos() - Seam.nanoTime() > 0, "can be compared with the clock");
  }

  @Test
  void whatIsLeftAndWhatIsOverMakeTheWhole() throws InterruptedException {
    Deadline deadline = Deadline.after(Duration.ofMillis(20));
    long before = deadline.remainingNanos();
    EventCount never = new EventCount();
    assertFalse(never.await(never.ticket(), deadline));
    assertTrue(before > 0);
    assertTrue(deadline.passed());
    assertTrue(deadline.elapsed().compareTo(deadline.length()) >= 0);
    assertEquals(Duration.ofMillis(20), deadline.length());
  }

  @Test
  void noWaitIsNoDeadline() {
    assertThrows(NullPointerException.class, () -> Deadline.after(null));
  }
}
