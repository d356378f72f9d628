package dev.longpin.cli.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.cli.kernel.KernelOutcome.Answer;
import dev.longpin.linux.probe.KernelPin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel does with a pinned page of a file that is truncated. */
@Timeout(60)
class KernelRaceTest {

  private static final long BYTES = 8 * 4096;
  private static final Duration SHORT = Duration.ofMillis(200);

  @TempDir private Path dir;

  private static KernelOutcome inMemory(boolean cuts) {
    KernelOutcome outcome = KernelRace.race(() -> KernelPin.inMemory(BYTES), 5, SHORT, cuts);
    if (outcome.answer() != Answer.TAKEN) {
      System.out.println("skipped: a pin of a memfd: " + outcome.status());
      Assumptions.abort(outcome.status());
    }
    return outcome;
  }

  @Test
  void aTruncateLosesWhatTheDeviceWritesAfterIt() {
    assertThat(inMemory(true).lostWrites()).isPositive();
  }

  /** The losses are the truncate's, and none of the counting's. */
  @Test
  void withoutATruncateNothingIsLost() {
    assertThat(inMemory(false).lostWrites()).isZero();
  }

  @Test
  void everyKindHasAnOutcomeAndNothingStays() throws Exception {
    Map<String, KernelOutcome> outcomes =
        KernelRace.run(dir.resolve("file"), 7, Duration.ofMillis(300));
    assertThat(outcomes).containsOnlyKeys("memfd", "tmpfs", "file");
    outcomes.forEach((kind, outcome) -> {
      assertThat(outcome.status()).as(kind).isNotBlank();
      if (outcome.answer() != Answer.TAKEN) {
        assertThat(outcome.lostWrites()).as(kind).isZero();
      }
    });
    try (var left = Files.list(dir)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void aFolderThatIsNotThereIsNotTried() {
    KernelOutcome outcome =
        KernelRace.race(() -> KernelPin.inDirectory(dir.resolve("no"), BYTES), 5, SHORT, true);
    assertThat(outcome.answer()).isEqualTo(Answer.NONE);
    assertThat(outcome.status()).startsWith("NOT_TRIED");
  }
}
