package dev.longpin.guest.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A guest in another process, which answers a line with a line. */
final class Child implements AutoCloseable {

  private final Process process;
  private final BufferedWriter input;
  private final BufferedReader output;

  Child(List<String> command) throws IOException {
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    input = process.outputWriter(UTF_8);
    output = process.inputReader(UTF_8);
  }

  /** Starts one of {@link GuestProcess}. */
  static Child java(String... arguments) throws IOException {
    List<String> java =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            GuestProcess.class.getName());
    return new Child(Stream.concat(java.stream(), Stream.of(arguments)).toList());
  }

  String ask(String line) throws IOException {
    say(line);
    return hear();
  }

  void say(String line) throws IOException {
    input.write(line);
    input.newLine();
    input.flush();
  }

  /** Returns the next line, or "(ended)". */
  String hear() throws IOException {
    String line = output.readLine();
    return line == null ? "(ended)" : line;
  }

  /** Sends a signal, and waits until it has had its effect. */
  void signal(String name) throws Exception {
    long id = process.pid();
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(id)).start();
    assertThat(kill.waitFor()).isZero();
    if (name.equals("STOP")) {
      HostRig.eventually(
          () -> Files.readString(Path.of("/proc", Long.toString(id), "stat")).contains(") T "));
    }
  }

  long id() {
    return process.pid();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().orTimeout(20, TimeUnit.SECONDS).join();
  }
}
