package dev.longpin.cli.guest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A guest's process, as its host sees it. */
public final class GuestChild implements AutoCloseable {

  private static final String PROGRAM = GuestProgram.class.getName();

  private final Process process;
  private final BufferedReader output;
  private final @Nullable Path script;
  private volatile boolean killed;

  private GuestChild(Process process, @Nullable Path script) {
    this.process = process;
    this.output = process.inputReader(UTF_8);
    this.script = script;
  }

  /** Starts one that pins a file from its start. */
  public static GuestChild start(GuestKind kind, Path socket, String file, int lengthBytes)
      throws IOException {
    List<String> command = new ArrayList<>();
    Path script = null;
    if (kind == GuestKind.PYTHON) {
      script = Files.createTempFile("longpin-guest", ".py");
      try (InputStream text = GuestChild.class.getResourceAsStream("guest.py")) {
        Files.write(script, Objects.requireNonNull(text, "guest.py").readAllBytes());
      }
      command.addAll(List.of("python3", script.toString(), socket.toString(), file, "0"));
    } else {
      command.addAll(java());
      command.addAll(List.of(kind.name(), socket.toString(), file));
    }
    command.add(Integer.toString(lengthBytes));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    return new GuestChild(process, script);
  }

  /** Returns how this JVM was started, and the guest's main class. */
  private static List<String> java() {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1"));
    String modules = System.getProperty("jdk.module.path");
    String name = GuestProgram.class.getModule().getName();
    if (modules != null && name != null) {
      command.addAll(List.of("--enable-native-access=dev.longpin.linux", "-p", modules));
      command.addAll(List.of("-m", name + "/" + PROGRAM));
    } else {
      String classes =
          System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
      command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", classes, PROGRAM));
    }
    return command;
  }

  /** Returns why there can be none in Python, or nothing. */
  public static @Nullable String noPython() {
    try {
      int status =
          new ProcessBuilder("python3", "-c", "import socket; socket.recv_fds")
              .redirectErrorStream(true)
              .redirectOutput(new File("/dev/null"))
              .start()
              .waitFor();
      return status == 0 ? null : "python3 is older than 3.9";
    } catch (IOException e) {
      return "there is no python3";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  /**
   * Waits for a line that begins so, and returns the rest.
   *
   * @throws IOException if the guest ended instead
   */
  public String await(String start) throws IOException {
    String rest = tryAwait(start);
    if (rest == null) {
      throw new IOException("the guest ended");
    }
    return rest;
  }

  /** Waits likewise; returns null if the guest ended instead. */
  public @Nullable String tryAwait(String start) throws IOException {
    try {
      String line = output.readLine();
      while (line != null && !line.startsWith(start)) {
        line = output.readLine();
      }
      return line == null ? null : line.substring(start.length());
    } catch (IOException e) {
      if (killed) {
        return null; // which closes the stream
      }
      throw e;
    }
  }

  /** Makes it write once more. */
  public void write() throws IOException {
    Writer input = process.outputWriter(UTF_8);
    input.write("\n");
    input.flush();
  }

  /** Ends it, by SIGKILL. */
  public void kill() {
    killed = true;
    process.destroyForcibly();
  }

  /** Sends a signal, and waits until a stop has had its effect. */
  public void signal(String name) throws IOException {
    try {
      String id = Long.toString(process.pid());
      int _ = new ProcessBuilder("sh", "-c", "kill -" + name + " " + id).start().waitFor();
      Path status = Path.of("/proc", id, "stat");
      while (name.equals("STOP") && !Files.readString(status).contains(") T ")) {
        Thread.sleep(1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    if (script != null) {
      Files.deleteIfExists(script);
    }
  }
}
