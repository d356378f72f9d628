package dev.longpin.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

@Timeout(120)
class DemoCommandTest {
  private static final String FIELDS =
      "schema, seed, filesystem, page_size, engine, direct, registered, huge_pages,"
          + " device_writes, device_reads, short_pins, longterm_pins, file_operations, truncates,"
          + " punches, forces, evictions, revocations, timeouts, disconnected, bytes_verified,"
          + " lost_writes, stale_accesses, reused_frames, leaked_frames, truncate_p50_us,"
          + " truncate_p99_us, revoke_p50_us, revoke_p99_us, zero_copy, zc_sends,"
          + " zc_copied, exit_reason, kernel_lost_writes, kernel_status";

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(Object... args) {
    return new CommandLine(new DemoCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(Stream.of(args).map(Object::toString).toArray(String[]::new));
  }

  /** All that was printed, for a test that fails. */
  private String printed() {
    return out + "\n" + err;
  }

  private Path given(int bytes) throws IOException {
    byte[] contents = new byte[bytes];
    new Random(bytes).nextBytes(contents);
    return Files.write(folder.resolve("given"), contents);
  }

  private List<Path> filesThere() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"4k", "64k"})
  void nothingIsLostAndTheGivenFileIsNotChanged(String pageSize) throws IOException {
    Path given = given(3_000_001);
    byte[] before = Files.readAllBytes(given);
    Path json = folder.resolve("figures");

    int status = run(given, "--seconds=2", "--cache=4m", "--page-size", pageSize, "--json", json);

    assertThat(status).as(printed()).isZero();
    assertThat(out.toString()).contains("Lost writes", "Nothing was lost.");
    assertThat(Files.readAllBytes(given)).isEqualTo(before);
    assertThat(filesThere()).containsExactlyInAnyOrder(given, json);
    JsonNode figures = new ObjectMapper().readTree(json.toFile());
    assertThat(String.join(", ", figures.properties().stream().map(Map.Entry::getKey).toList()))
        .isEqualTo(FIELDS);
    assertThat(List.of("lost_writes", "stale_accesses", "reused_frames", "leaked_frames"))
        .allMatch(field -> figures.get(field).asLong(-1) == 0);
    assertThat(List.of("device_writes", "device_reads", "truncates", "forces", "bytes_verified"))
        .allMatch(field -> figures.get(field).asLong() > 0);
    assertThat(figures.get("exit_reason").asText()).isEqualTo("completed");
  }

  @Test
  void withoutProtectionTheSameCountingFindsLosses() throws IOException {
    int status = run(given(1 << 20), "--seconds=3", "--cache=4m", "--unprotected", "--json=-");

    assertThat(status).as(printed()).isEqualTo(1);
    JsonNode figures = new ObjectMapper().readTree(out.toString());
    assertThat(figures.get("lost_writes").asLong()).isPositive();
    assertThat(err.toString()).contains("Writes were lost");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 9_999})
  void aSmallFileIsEnoughToWorkOn(int bytes) throws IOException {
    assertThat(run(given(bytes), "--seconds=1", "--cache=1m")).as(printed()).isZero();
  }

  @Test
  void aKeptCopyCanBeVerifiedAndTellsWhenItWasChanged() throws IOException {
    Path given = given(2_000_003);
    Path copy = folder.resolve("given.longpin-demo");
    assertThat(run(given, "--seconds=1", "--cache=2m", "--keep")).as(printed()).isZero();
    assertThat(run("--verify", copy)).as(printed()).isZero();
    assertThat(out.toString()).contains("Nothing that was forced is lost.");

    try (RandomAccessFile file = new RandomAccessFile(copy.toFile(), "rw")) {
      file.seek(4321);
      int old = file.read();
      file.seek(4321);
      file.write(old ^ 1);
    }
    assertThat(run("--verify", copy)).isEqualTo(1);

    assertThat(run(given, "--seconds=1", "--cache=2m")).as("a run over the copy").isZero();
    assertThat(filesThere()).containsExactly(given);
  }

  @Test
  void whatIsInTheWayIsLeftAlone() throws IOException {
    Path given = given(100);
    Path precious = Files.writeString(folder.resolve("given.longpin-demo"), "precious");

    assertThat(run(given, "--seconds=1")).isEqualTo(3);
    assertThat(err.toString()).contains("in the way");
    assertThat(precious).hasContent("precious");
    Path log = Files.move(precious, folder.resolve("given.longpin-demo.log"));
    assertThat(run(given, "--seconds=1")).isEqualTo(3);
    assertThat(log).hasContent("precious");
    assertThat(filesThere()).containsExactlyInAnyOrder(given, log);
  }

  @Test
  void theFiguresDoNotOverwriteTheFile() throws IOException {
    Path given = given(100);
    Path link = Files.createLink(folder.resolve("link"), given);

    assertThat(run(given, "--json", given)).isEqualTo(2);
    assertThat(run(given, "--json", link)).isEqualTo(2);
    assertThat(run(given, "--json", folder.resolve("given.longpin-demo"))).isEqualTo(2);
    assertThat(given).hasSize(100);
  }

  /** H7, as the lab shows it too: what one file gives up another takes. */
  @Test
  void onDaxATruncateWaitsBeforeAnotherFileHasThePage() {
    assertThat(run("--dax", folder)).as(printed()).isZero();
    assertThat(printed()).contains("dax, a ", "H7 held", "refused: DAX", "NO_SPACE");
  }

  @Test
  void onDaxWithoutProtectionADeviceWritesToAnotherFile() {
    assertThat(run("--dax", folder, "--unprotected")).as(printed()).isEqualTo(1);
    assertThat(printed()).contains("H7: other has 'd'");
  }

  @Test
  void onDaxNothingElseCanBeAskedFor() {
    assertThat(run("--dax", folder, "--seconds=1")).isEqualTo(2);
    assertThat(run("--dax", folder.resolve("missing"))).isEqualTo(3);
  }

  @Test
  void theEnvironmentIsToBlameForWhatIsNoFile() throws IOException {
    assertThat(run(folder.resolve("missing"))).isEqualTo(3);
    assertThat(run(folder)).isEqualTo(3);
    assertThat(run("/dev/null")).isEqualTo(3);
    assertThat(run("--verify", folder.resolve("missing"))).isEqualTo(3);
    assertThat(run(given(1), "--json", folder.resolve("no/such/folder"))).isEqualTo(3);
    assertThat(run("--verify", given(1))).isEqualTo(3);
    assertThat(run(given(1), "--cache=4096g", "--page-size=2m")).isEqualTo(3);
    assertThat(err.toString().lines())
        .hasSize(7)
        .allMatch(line -> line.startsWith("longpin demo: "))
        .anyMatch(line -> line.endsWith("missing: no such file"))
        .anyMatch(line -> line.endsWith("/dev/null: not a regular file"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--page-size=3k",
        "--page-size=4m",
        "--page-size=1k",
        "--cache=8k",
        "--cache=lots",
        "--seconds=0",
        "--seconds=-1",
        "--seed=x",
        "--nonsense"
      })
  void wrongArgumentsAreWrongUsage(String argument) {
    assertThat(run(argument)).isEqualTo(2);
    assertThat(err.toString()).contains("Usage:").doesNotContain("\tat ");
  }

  @Test
  void verifyingGoesWithNothingElse() {
    assertThat(run("--verify=x", "--unprotected")).isEqualTo(2);
    assertThat(run("--verify=x", "--seed=1")).isEqualTo(2);
    assertThat(run("--verify=x", "y")).isEqualTo(2);
  }

  @Test
  void guestsLoseNothingHoweverTheyTakeANotice() {
    int status = run("--guest", folder, "--rounds", 5);
    assumeTrue(status != 3, this::printed); // no memory here that can be lent
    assertThat(status).as(printed()).isZero();
    assertThat(printed())
        .contains("answers  ", "slow by 20 ms", "lies", "stopped", "killed")
        .contains("left behind: 0 guests, 0 pins, 0 disconnected frames, 0 bytes")
        .contains("Nothing was lost.");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void withoutProtectionAGuestLosesWhatItReported() {
    int status = run("--guest", folder, "--unprotected");
    assumeTrue(status != 3, this::printed); // no memory here that can be lent
    assertThat(status).as(printed()).isEqualTo(1);
    assertThat(printed()).contains("complete: True").contains("bytes of that are not in the file");
  }

  @Test
  void withGuestsNothingElseCanBeAskedFor() {
    assertThat(run("--guest", folder, "--seconds=1")).isEqualTo(2);
    assertThat(run("--guest", folder, "--rounds=0")).isEqualTo(2);
    assertThat(run("--guest", folder.resolve("missing"))).isEqualTo(3);
  }
}
