package dev.longpin.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The command line; the matrix itself is tested in the lab. */
class LabCommandTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return new CommandLine(new LabCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .execute(arguments);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--hazard=H99", "--policy=none", "--schedules=0", "--seed=x", "--nonsense"})
  void wrongUsage(String argument) {
    assertThat(run(argument)).isEqualTo(2);
    assertThat(err.toString()).contains("Usage:");
  }

  /** Tests run in a JVM whose seam nobody can take. */
  @Test
  void aJvmWithoutASeamIsTheWrongEnvironment() {
    assertThat(run("--hazard", "H1")).isEqualTo(3);
    assertThat(err.toString()).contains("-Dlongpin.seam.controlled=true");
  }

  /** At once, and not when all is done. */
  @ParameterizedTest
  @ValueSource(strings = {"--json=/no/such/folder/x", "--report=/etc/passwd/x.html", "--report=/"})
  void aPlaceThatCannotBeWritten(String argument) {
    assertThat(run(argument)).isEqualTo(3);
    assertThat(err.toString()).contains("can't be written");
  }

  @Test
  void helpNamesEveryOption() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString())
        .contains(
            "--hazard", "--policy", "--schedules", "--seed", "--replay", "--json", "--report");
  }
}
