package dev.longpin.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.cli.demo.Ledger.Completed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a killed run leaves is checked against its log: the check must be able to fail. */
class ForceLogTest {

  private static final int REGION = 64;

  @TempDir private Path folder;
  private Path copy;

  @BeforeEach
  void writeACopyOfWhichRegionTwoWasForced() throws IOException {
    copy = folder.resolve("copy");
    writeRegionTwo(5);
    try (ForceLog log = ForceLog.create(DemoFile.logOf(copy), 10 * REGION, REGION)) {
      log.forced(List.of(new Completed(2, 5, 100)));
    }
  }

  private void writeRegionTwo(int sequence) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(10 * REGION).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < REGION / Long.BYTES; i++) {
      bytes.putLong(2 * REGION + i * Long.BYTES, Stamp.of(2, sequence, i));
    }
    Files.write(copy, bytes.array());
  }

  @Test
  void aForcedWriteThatIsThereIsNotLost() throws IOException {
    Verifier.Result result = Verifier.verifyCopy(copy);

    assertThat(result.lostWrites()).isZero();
    assertThat(result.bytesVerified()).isEqualTo(REGION);
  }

  @Test
  void aLaterWriteMayHaveReachedTheDisk() throws IOException {
    writeRegionTwo(6);

    assertThat(Verifier.verifyCopy(copy).lostWrites()).isZero();
  }

  @Test
  void aForcedWriteThatIsNotThereIsLost() throws IOException {
    writeRegionTwo(4);

    assertThat(Verifier.verifyCopy(copy).lostWrites()).isEqualTo(1);
  }

  @Test
  void aFileThatIsTooShortHasLostTheWrite() throws IOException {
    Files.write(copy, new byte[REGION]);

    assertThat(Verifier.verifyCopy(copy).lostWrites()).isEqualTo(1);
  }

  @Test
  void aCutThatMayHaveBegunExcusesIt() throws IOException {
    Files.write(copy, new byte[10 * REGION]);
    Ledger.Cut cut = new Ledger.Cut(0, 10 * REGION, 101, List.of());
    try (ForceLog log = ForceLog.create(DemoFile.logOf(copy), 10 * REGION, REGION)) {
      log.forced(List.of(new Completed(2, 5, 100)));
      log.cutBegins(cut);
    }

    assertThat(Verifier.verifyCopy(copy).lostWrites()).isZero();
  }

  @Test
  void aCutThatEndedBeforeTheWriteExcusesNothing() throws IOException {
    Files.write(copy, new byte[10 * REGION]);
    Ledger.Cut cut = new Ledger.Cut(0, 10 * REGION, 90, List.of());
    try (ForceLog log = ForceLog.create(DemoFile.logOf(copy), 10 * REGION, REGION)) {
      log.cutBegins(cut);
      log.cutEnded(cut, 95);
      log.forced(List.of(new Completed(2, 5, 100)));
    }

    assertThat(Verifier.verifyCopy(copy).lostWrites()).isEqualTo(1);
  }

  @Test
  void aTornLastRecordIsIgnored() throws IOException {
    Path log = DemoFile.logOf(copy);
    Files.write(log, new byte[20], StandardOpenOption.APPEND);
    assertThat(Verifier.verifyCopy(copy).lostWrites()).isZero();

    Files.write(log, new byte[48], StandardOpenOption.APPEND);
    assertThat(Verifier.verifyCopy(copy).lostWrites()).isZero();
  }

  @Test
  void somethingElseIsNoLog() throws IOException {
    Files.write(DemoFile.logOf(copy), new byte[0]);

    assertThatThrownBy(() -> Verifier.verifyCopy(copy)).isInstanceOf(IOException.class);
  }
}
