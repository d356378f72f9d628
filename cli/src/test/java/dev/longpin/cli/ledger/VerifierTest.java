package dev.longpin.cli.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.sim.Stamp;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifierTest {
  private static final Stamp STAMP = new Stamp(11);
  private static final int SIZE = 397;

  @TempDir private Path folder;
  private final byte[] bytes = new byte[SIZE];
  private final Ledger ledger =
      new Ledger(
          new Geometry(80, 10), STAMP, SIZE, (offset, word) -> word == original(offset), false);

  /** The bytes 1, 2, 3 ... */
  private static long original(long offset) {
    long word = 0;
    for (long at = Math.min(offset + 8, SIZE) - 1; at >= offset; at--) {
      word = (word << 8) | ((at + 1) & 0xFF);
    }
    return word;
  }

  @BeforeEach
  void fill() {
    for (int i = 0; i < SIZE; i++) {
      bytes[i] = (byte) (i + 1);
    }
  }

  private Verifier.Result verify(byte[] contents) throws IOException {
    return Verifier.verify(Files.write(folder.resolve("file"), contents), ledger, SIZE);
  }

  private Verifier.Result verifyAtLeast(byte[] contents) throws IOException {
    return Verifier.verifyAtLeast(Files.write(folder.resolve("file"), contents), ledger);
  }

  @Test
  void aFileThatNobodyTouchedIsFine() throws IOException {
    Verifier.Result result = verify(bytes);

    assertThat(result.lost()).isEmpty();
    assertThat(result.bytes()).isEqualTo(SIZE);
  }

  @Test
  void everySingleByteCounts() throws IOException {
    for (int i = 0; i < SIZE; i++) {
      byte[] changed = bytes.clone();
      changed[i] ^= 0x40;
      assertThat(verify(changed).lost()).as("byte %d", i).hasSize(1);
    }
  }

  @Test
  void aFileThatIsTooShortHasLost() throws IOException {
    assertThat(verify(Arrays.copyOf(bytes, 100)).lost())
        .hasSize(5)
        .first()
        .asString()
        .contains("the end of the file at offset 100, where one at offset 397");
  }

  @Test
  void aFileThatIsTooLongHasBytesThatNobodyWrote() throws IOException {
    byte[] longer = Arrays.copyOf(bytes, 500);
    assertThat(verify(longer).lost()).as("too long").hasSize(1);
    longer[450] = 1;
    assertThat(verify(longer).lost()).as("and something there").hasSize(2);
    assertThat(verify(Arrays.copyOf(bytes, 900)).lost()).hasSize(1);
  }

  @Test
  void whereTheSizeIsNotKnownZerosMayFollow() throws IOException {
    byte[] longer = Arrays.copyOf(bytes, 500);
    assertThat(verifyAtLeast(longer).lost()).isEmpty();
    longer[450] = 1;
    assertThat(verifyAtLeast(longer).lost()).hasSize(1);
    assertThat(verifyAtLeast(Arrays.copyOf(bytes, 900)).lost()).hasSize(1);
    assertThat(verifyAtLeast(Arrays.copyOf(bytes, 300)).lost()).isNotEmpty();
  }

  @Test
  void eachLostWriteCountsOnce() throws IOException {
    for (int region = 0; region < 3; region++) {
      assertThat(ledger.tryOwn(region)).isTrue();
      long sequence = ledger.issue(region);
      long now = ledger.tick();
      ledger.completed(region * 80L, region * 80L + 80, sequence, now, now);
    }
    STAMP.fill(MemorySegment.ofArray(bytes).asSlice(80, 80), 80, 1);

    Verifier.Result result = verify(bytes);
    assertThat(result.lost()).hasSize(2).first().asString().contains("offset 0", "write 1");
  }

  @Test
  void aForcedWriteThatIsNotThereIsFoundAtOnceUnlessItWasCut() throws IOException {
    assertThat(ledger.tryOwn(0)).isTrue();
    long sequence = ledger.issue(0);
    long now = ledger.tick();
    ledger.completed(0, 80, sequence, now, now);
    List<Expectation> forced = List.of(ledger.expect(0, 80));
    Arrays.fill(bytes, 0, 80, (byte) 0);
    Path file = Files.write(folder.resolve("file"), bytes);

    try (FileChannel channel = FileChannel.open(file)) {
      assertThat(Verifier.verifyForced(channel, ledger, forced)).hasSize(1);

      Cut cut = ledger.beginCut(0, 80);
      assertThat(Verifier.verifyForced(channel, ledger, forced)).as("being cut").isEmpty();
      var _ = ledger.endCut(cut, Cut.Outcome.DONE);
      assertThat(Verifier.verifyForced(channel, ledger, forced)).as("cut since").isEmpty();
      long later = ledger.tick();
      ledger.completed(0, 80, ledger.issue(0), later, later);
      assertThat(Verifier.verifyForced(channel, ledger, forced))
          .as("cut since, and written again, which is not forced")
          .isEmpty();
    }
  }
}
