package dev.longpin.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The demo as a person runs it. */
class DemoCommandTest {

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return new CommandLine(new DemoCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  private Path given() throws IOException {
    Path file = folder.resolve("given");
    byte[] bytes = new byte[3 << 20];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31 + 7);
    }
    return Files.write(file, bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"4k", "64k"})
  void losesNothingAndLeavesTheGivenFileAlone(String pageSize) throws IOException {
    Path file = given();
    byte[] before = Files.readAllBytes(file);
    Path json = folder.resolve("json");

    int status =
        run(
            file.toString(),
            "--seconds",
            "2",
            "--cache",
            "2m",
            "--page-size",
            pageSize,
            "--json",
            json.toString());

    assertThat(err.toString()).isEmpty();
    assertThat(status).isZero();
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    JsonNode figures = new ObjectMapper().readTree(json.toFile());
    assertThat(figures.get("lost_writes").asLong()).isZero();
    assertThat(figures.get("stale_accesses").asLong()).isZero();
    assertThat(figures.get("reused_frames").asLong()).isZero();
    assertThat(figures.get("device_writes").asLong()).isPositive();
    assertThat(figures.get("bytes_verified").asLong()).isPositive();
    assertThat(figures.has("truncate_p50_us")).isTrue();
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.toList()).containsExactlyInAnyOrder(file, json);
    }
  }

  @Test
  void withoutProtectionTheSameCountingFindsLosses() throws IOException {
    String file = given().toString();
    int status = 3; // a run that lost nothing says that it proved nothing
    for (int tries = 0; tries < 4 && status == 3; tries++) {
      status = run(file, "--seconds", "4", "--cache", "2m", "--unprotected");
    }

    assertThat(out.toString()).contains("UNPROTECTED");
    assertThat(status).isEqualTo(1);
  }

  @Test
  void keepsTheCopyOnRequest() throws IOException {
    int status = run(given().toString(), "--seconds", "1", "--cache", "2m", "--keep");

    assertThat(status).isZero();
    try (Stream<Path> left = Files.list(folder)) {
      Path copy = left.filter(path -> path.toString().endsWith(".dat")).findFirst().orElseThrow();
      assertThat(run("--verify", copy.toString())).isZero();
    }
  }

  @Test
  void aMissingFileIsTheEnvironment() {
    assertThat(run(folder.resolve("missing").toString())).isEqualTo(3);
    assertThat(err.toString()).contains("no such file").doesNotContain("at dev.longpin");
  }

  @Test
  void aFolderIsTheEnvironment() {
    assertThat(run(folder.toString())).isEqualTo(3);
    assertThat(err.toString()).contains("not a regular file");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--page-size=3k", "--page-size=4m", "--cache=8k", "--seconds=0", "--cache=lots"})
  void wrongArgumentsAreUsage(String argument) {
    assertThat(run(argument)).isEqualTo(2);
  }
}
