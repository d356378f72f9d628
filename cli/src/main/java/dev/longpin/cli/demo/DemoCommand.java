package dev.longpin.cli.demo;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.LongpinException;
import dev.longpin.cli.output.OutputFile;
import dev.longpin.lab.Unprotected;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code longpin demo}: the main job on a real file. */
@Command(
    name = "demo",
    description = {
      "Lets devices hold pages of a file while the file is read, written, truncated,"
          + " hole-punched, extended, evicted, forced and closed. Then compares every byte,"
          + " from outside the cache."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nothing was lost",
      "1:something was lost, stale or reused",
      "2:wrong usage",
      "3:the environment does not allow it; or an unprotected run lost nothing and proved nothing"
    })
public final class DemoCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "Work on a copy beside FILE. Without: on a new file, four times the cache.")
  private @Nullable Path given;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "10",
      description = "How long to work. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--page-size",
      paramLabel = "SIZE",
      defaultValue = "4k",
      converter = Size.Converter.class,
      description = "A power of two from 4k to 2m. Default: ${DEFAULT-VALUE}.")
  private Size pageSize;

  @Option(
      names = "--cache",
      paramLabel = "SIZE",
      defaultValue = "64m",
      converter = Size.Converter.class,
      description = "Memory for pages, 16 of them at least. Default: ${DEFAULT-VALUE}.")
  private Size cacheSize;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Of all random choices. Default: another one each time.")
  private @Nullable Long seed;

  @Option(names = "--keep", description = "Leave the working file there, with its log.")
  private boolean keep;

  @Option(
      names = "--unprotected",
      description = "Look at no pin, as Linux did in 2018. Must lose writes.")
  private boolean unprotected;

  @Option(
      names = "--dax",
      paramLabel = "DIR",
      arity = "0..1",
      fallbackValue = DaxDemo.STAND_IN,
      description = {
        "Instead: what a truncate does where the pages are the storage. DIR is on a file system"
            + " with DAX, or on tmpfs, which stands in for it. Default: "
            + DaxDemo.STAND_IN
            + "."
      })
  private @Nullable Path dax;

  @Option(
      names = "--guest",
      paramLabel = "DIR",
      arity = "0..1",
      fallbackValue = ".",
      description = {
        "Instead: guests in processes of their own have pages of a file in DIR while it is"
            + " truncated, and answer, late, or never. Default: the current folder."
      })
  private @Nullable Path guest;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "100",
      description = "With --guest: how often the file is truncated. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      converter = OutputFile.Converter.class,
      description = "Write the figures to FILE; with - to standard output, alone.")
  private @Nullable OutputFile json;

  @Option(
      names = "--verify",
      paramLabel = "COPY",
      description = "Check the working file of a run that was killed, or kept, and do no more.")
  private @Nullable Path copyToVerify;

  /** Made by picocli. */
  public DemoCommand() {}

  @Override
  public Integer call() {
    try {
      if (dax != null) {
        return dax(dax);
      }
      if (guest != null) {
        return guest(guest);
      }
      return copyToVerify == null ? demo() : verify(copyToVerify);
    } catch (EnvironmentException | LongpinException e) {
      return complain(String.valueOf(e.getMessage()));
    } catch (FileSystemException e) {
      String reason = e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
      return complain(e.getFile() + ": " + reason);
    } catch (IOException e) {
      return complain(String.valueOf(e.getMessage()));
    }
  }

  private int verify(Path copy) throws IOException, EnvironmentException {
    if (given != null || spec.commandLine().getParseResult().matchedOptions().size() > 1) {
      throw new ParameterException(spec.commandLine(), "--verify goes with no other option");
    }
    try (CopyCheck check = new CopyCheck(copy, spec.commandLine().getOut())) {
      return check.call();
    }
  }

  private int dax(Path dir) throws IOException, EnvironmentException {
    int others = unprotected ? 2 : 1;
    if (given != null || spec.commandLine().getParseResult().matchedOptions().size() > others) {
      throw new ParameterException(
          spec.commandLine(), "--dax goes with --unprotected and no other option");
    }
    return new DaxDemo(dir, unprotected, spec.commandLine().getOut()).call();
  }

  private int guest(Path dir) throws IOException, EnvironmentException {
    ParseResult parsed = spec.commandLine().getParseResult();
    long others =
        parsed.matchedOptions().stream()
            .filter(option ->
                !Set.of("--guest", "--rounds", "--unprotected").contains(option.longestName()))
            .count();
    if (given != null || others > 0 || rounds < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "--guest goes with --rounds, 1 or more, --unprotected, and nothing else");
    }
    return new GuestDemo(dir, rounds, unprotected, spec.commandLine().getOut()).call();
  }

  private int demo() throws IOException, EnvironmentException {
    DemoOptions options = options();
    checkJsonPlace();
    boolean jsonOnly = json != null && json.isStandardOutput();
    PrintWriter people = jsonOnly ? spec.commandLine().getErr() : spec.commandLine().getOut();
    try (DemoRun run = DemoRun.of(options, people)) {
      Outcome outcome = run.call();
      new Report(people, outcome).print();
      if (json != null) {
        json.write(JsonReport.of(outcome), spec.commandLine().getOut());
      }
      return status(outcome);
    }
  }

  private int status(Outcome outcome) {
    Throwable bug = outcome.bug();
    if (bug != null) {
      bug.printStackTrace(spec.commandLine().getErr());
    }
    return outcome.exitCode() == Outcome.ENVIRONMENT
        ? complain(outcome.exitReason())
        : outcome.exitCode();
  }

  private DemoOptions options() {
    if (seconds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--seconds must be 1 or more, and is " + seconds);
    }
    return new DemoOptions(
        given,
        Duration.ofSeconds(seconds),
        config(),
        seed == null ? ThreadLocalRandom.current().nextInt(1, 1_000_000) : seed,
        keep,
        unprotected);
  }

  private CacheConfig config() {
    if (pageSize.bytes() < CacheConfig.MIN_PAGE_SIZE
        || pageSize.bytes() > CacheConfig.MAX_PAGE_SIZE
        || Long.bitCount(pageSize.bytes()) != 1) {
      throw new ParameterException(
          spec.commandLine(),
          "--page-size must be a power of two from 4k to 2m, and is " + pageSize);
    }
    if (cacheSize.bytes() / pageSize.bytes() < CacheConfig.MIN_FRAMES) {
      throw new ParameterException(
          spec.commandLine(),
          "--cache must have room for %d pages of %s at least, and is %s"
              .formatted(CacheConfig.MIN_FRAMES, pageSize, cacheSize));
    }
    try {
      CacheConfig config = CacheConfig.ofSize(cacheSize.bytes(), (int) pageSize.bytes());
      return unprotected ? config.withPolicy(new Unprotected()) : config;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--cache: " + e.getMessage(), e);
    }
  }

  private void checkJsonPlace() throws IOException, EnvironmentException {
    if (json == null || json.isStandardOutput()) {
      return;
    }
    if (!json.isWritable()) {
      throw new EnvironmentException(json + ": can't be written");
    }
    if (given != null && DemoFile.isOfRun(given, json.path())) {
      throw new ParameterException(
          spec.commandLine(), "--json: " + json + " is what the demo works on");
    }
  }

  private int complain(String what) {
    spec.commandLine().getErr().println("longpin demo: " + what);
    spec.commandLine().getErr().flush();
    return Outcome.ENVIRONMENT;
  }
}
