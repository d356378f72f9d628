package dev.longpin.cli.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.longpin.cli.ledger.Cut.Outcome;
import dev.longpin.sim.Stamp;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is still known when the process was killed. */
class ForceLogTest {
  private static final Stamp STAMP = new Stamp(11);
  private static final Geometry GEOMETRY = new Geometry(80, 10);
  private static final RunHeader HEADER = new RunHeader(11, GEOMETRY, 400, "", 0);

  @TempDir private Path folder;
  private Path path;
  private ForceLog log;

  private final Ledger ledger = new Ledger(GEOMETRY, STAMP, 400, Baseline.STAMPED, false);

  /** Region 0, as a device left it. */
  private final MemorySegment region = MemorySegment.ofArray(new byte[80]);

  @BeforeEach
  void open() throws IOException {
    path = folder.resolve("log");
    log = Objects.requireNonNull(ForceLog.open(path));
    log.begin(HEADER);
    assertThat(ledger.tryOwn(0)).isTrue();
    STAMP.fill(region, 0, 0);
  }

  private void write() {
    long sequence = ledger.issue(0);
    STAMP.fill(region, 0, sequence);
    long now = ledger.tick();
    ledger.completed(0, 80, sequence, now, now);
  }

  private void force() throws IOException {
    long at = ledger.tick();
    log.forced(at, ledger.guarantees(0, 800));
  }

  private void cut(Outcome outcome) throws IOException {
    Cut cut = ledger.beginCut(0, 800);
    log.cutBegins(cut);
    region.fill((byte) 0);
    log.cutEnded(cut, ledger.endCut(cut, outcome), outcome);
  }

  /** Returns whether region 0 is as the log demands. */
  private boolean isFine() throws IOException {
    Ledger logged = replay().ledger();
    return logged.judge(logged.expect(0, 80), region).isFine();
  }

  private LoggedRun replay() throws IOException {
    log.close();
    LoggedRun run = LoggedRun.read(path, header -> Baseline.STAMPED);
    assertThat(run).isNotNull();
    return run;
  }

  @Test
  void whatWasForcedMustBeThere() throws IOException {
    write();
    force();
    STAMP.fill(region, 0, 0);

    assertThat(isFine()).isFalse();
  }

  @Test
  void whatWasWrittenSinceTheForceMayBeThere() throws IOException {
    write();
    force();
    write();

    assertThat(isFine()).isTrue();
  }

  @Test
  void whatWasNotForcedMayBeMissing() throws IOException {
    write();
    STAMP.fill(region, 0, 0);

    assertThat(isFine()).isTrue();
  }

  @Test
  void aCutThatWasUnderWayExcusesZeros() throws IOException {
    write();
    force();
    log.cutBegins(ledger.beginCut(0, 800));
    assertThat(isFine()).isTrue();
    region.fill((byte) 0);
    assertThat(isFine()).isTrue();
  }

  @Test
  void aCutThatChangedNothingExcusesNothing() throws IOException {
    write();
    force();
    cut(Outcome.NOTHING);

    assertThat(isFine()).isFalse();
  }

  @Test
  void aForceThatBeganBeforeACutHadEndedIsExcusedByIt() throws IOException {
    write();
    long at = ledger.tick();
    List<Guarantee> guarantees = ledger.guarantees(0, 800);
    cut(Outcome.DONE);
    log.forced(at, guarantees); // it returned only now

    assertThat(isFine()).isTrue();
  }

  @Test
  void aForceAfterACutHoldsAgain() throws IOException {
    cut(Outcome.DONE);
    write();
    force();
    assertThat(isFine()).isTrue();
    region.fill((byte) 0);
    assertThat(isFine()).isFalse();
  }

  @Test
  void aRecordThatIsNotWholeEndsTheLog() throws IOException {
    write();
    force();
    cut(Outcome.DONE);
    log.close();
    byte[] whole = Files.readAllBytes(path);
    for (int length = whole.length; length > 60; length--) {
      Files.write(path, Arrays.copyOf(whole, length));
      assertThat(replay().header()).isEqualTo(HEADER);
    }
    whole[whole.length - 1] ^= 1;
    Files.write(path, whole);
    assertThat(replay().cuts()).isEqualTo(1);
  }

  @Test
  void aFileThatIsNoLogIsRefused() throws IOException {
    log.close();
    Files.writeString(path, "something else, long enough to be a record or two");

    assertThatExceptionOfType(LoggedRun.NotALogException.class).isThrownBy(this::replay);
  }

  @Test
  void whatIsNoLogIsLeftAlone() throws IOException {
    Path other = Files.writeString(folder.resolve("other"), "precious");

    assertThatExceptionOfType(LoggedRun.NotALogException.class)
        .isThrownBy(() -> ForceLog.open(other));
    assertThat(other).hasContent("precious");
  }

  @Test
  void aRunReadsItsOwnLogWithoutGivingItUp() throws IOException {
    write();
    force();

    assertThat(LoggedRun.read(path, log, header -> Baseline.STAMPED).forces()).isEqualTo(1);
    assertThat(ForceLog.open(path)).isNull();
  }

  @Test
  void nobodyTakesTheLogOfARunThatGoesOn() throws IOException {
    assertThat(ForceLog.open(path)).isNull();
    assertThat(LoggedRun.read(path, header -> Baseline.STAMPED)).isNull();
    assertThat(replay().header()).isEqualTo(HEADER);
  }

  @Test
  void theHeaderSurvives() throws IOException {
    RunHeader other = new RunHeader(-5, GEOMETRY, 399, "/some/where/ä file", 1234);
    log.close();
    log = Objects.requireNonNull(ForceLog.open(path));
    log.begin(other);

    assertThat(replay().header()).isEqualTo(other);
  }
}
