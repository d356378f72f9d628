package dev.longpin.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(60)
class DoctorCommandTest {

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(Object... arguments) {
    String[] strings = new String[arguments.length];
    for (int i = 0; i < strings.length; i++) {
      strings[i] = arguments[i].toString();
    }
    return new CommandLine(new DoctorCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(strings);
  }

  @Test
  void itSaysWhatWillBeUsedAndLeavesNothing() throws IOException {
    assertThat(run(folder)).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("Longpin will use", "engine", "files in " + folder, "kernel pin memfd");
    try (var left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void theSameForPrograms() throws IOException {
    Path json = folder.resolve("json");
    assertThat(run(folder, "--json", json)).isZero();
    JsonNode root = new ObjectMapper().readTree(json.toFile());
    assertThat(root.get("schema").asInt()).isEqualTo(1);
    JsonNode findings = root.get("findings");
    assertThat(findings.get("file_system").get("seen").asText())
        .isEqualTo(Files.getFileStore(folder).type());
    assertThat(findings.propertyStream().map(entry -> entry.getValue().get("state").asText()))
        .allMatch(state -> state.matches("ok|without|missing|info"))
        .hasSizeGreaterThan(10);
  }

  @Test
  void withADashNothingElseIsPrinted() throws IOException {
    assertThat(run(folder, "--json", "-")).isZero();
    assertThat(new ObjectMapper().readTree(out.toString()).get("findings").isEmpty()).isFalse();
  }

  @Test
  void whatNeedsNoDirectoryIsShownWithoutOne() throws IOException {
    assertThat(run(folder.resolve("no"))).isEqualTo(3);
    assertThat(out.toString()).contains("Longpin will use").doesNotContain("files in");
    assertThat(err.toString()).contains("no such directory");
    assertThat(run(Files.createFile(folder.resolve("file")))).isEqualTo(3);
    assertThat(err.toString()).contains("not a directory");
    assertThat(run("--nonsense")).isEqualTo(2);
  }
}
