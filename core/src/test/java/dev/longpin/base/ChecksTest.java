package dev.longpin.base;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ChecksTest {

  private static final long MAX = Long.MAX_VALUE;

  @Test
  void aRangeMayEndAtTheLargestOffset() {
    assertDoesNotThrow(() -> Checks.range(0, 0));
    assertDoesNotThrow(() -> Checks.range(0, MAX));
    assertDoesNotThrow(() -> Checks.range(MAX, 0));
    assertDoesNotThrow(() -> Checks.range(MAX - 1, 1));
  }

  @ParameterizedTest
  @CsvSource({"-1, 0", "0, -1", "-1, -1", MAX + ", 1", "1, " + MAX, MAX + ", " + MAX})
  void whatIsNoRangeIsRejected(long offset, long lengthBytes) {
    assertThrows(IllegalArgumentException.class, () -> Checks.range(offset, lengthBytes));
  }

  @Test
  void aBrokenInvariantIsAnError() {
    assertDoesNotThrow(() -> Checks.invariant(true, "one"));
    AssertionError error = assertThrows(AssertionError.class, () -> Checks.invariant(false, "one"));
    assertTrue(error.getMessage().contains("one"));
  }
}
