package dev.longpin.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.spi.Store;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A second JVM that opens stores when it is told to. */
final class OtherProcess implements AutoCloseable {

  private final Process process;
  private final BufferedWriter commands;
  private final BufferedReader answers;

  OtherProcess() throws IOException {
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                Stream.of(OtherProcess.class, LinuxStore.class, Store.class)
                    .map(OtherProcess::location)
                    .distinct()
                    .collect(Collectors.joining(File.pathSeparator)),
                OtherProcess.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    commands = process.outputWriter(UTF_8);
    answers = process.inputReader(UTF_8);
  }

  private static String location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Opens a file there; returns OPEN, or the kind of failure. */
  String open(Path path, OpenMode mode) throws IOException {
    return ask(mode + " " + path);
  }

  /** Closes everything that is open there. */
  void closeAll() throws IOException {
    ask("CLOSE");
  }

  private String ask(String command) throws IOException {
    commands.write(command);
    commands.newLine();
    commands.flush();
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException("the other process ended");
    }
    return answer;
  }

  @Override
  public void close() throws IOException {
    commands.close(); // it ends when its input does
    process.onExit().orTimeout(20, TimeUnit.SECONDS).join();
  }

  /** The other process. */
  public static void main(String[] args) throws IOException {
    LinuxStoreProvider provider = new LinuxStoreProvider();
    List<Store> open = new ArrayList<>();
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      if (line.equals("CLOSE")) {
        for (Store store : open) {
          store.close();
        }
        open.clear();
        System.out.println("CLOSED");
      } else {
        int space = line.indexOf(' ');
        try {
          OpenMode mode = OpenMode.valueOf(line.substring(0, space));
          open.add(provider.open(Path.of(line.substring(space + 1)), mode));
          System.out.println("OPEN");
        } catch (StoreException e) {
          System.out.println(e.kind());
        }
      }
    }
  }
}
