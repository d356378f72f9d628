package dev.longpin.cli.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CacheStats;
import dev.longpin.api.CachedFile;
import dev.longpin.api.LongpinException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.cache.PageCaches;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code longpin demo}: the main job on a real file. */
@Command(
    name = "demo",
    description = {
      "Lets devices hold pages of a file while it is read, written, truncated,",
      "punched, evicted, forced and closed; then verifies every byte from outside."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:clean",
      "1:something was lost, stale or reused",
      "2:wrong usage",
      "3:the environment; or an unprotected run that lost nothing and so proved nothing"
    })
public final class DemoCommand implements Callable<Integer> {

  private static final int CLEAN = 0;
  private static final int LOST = 1;
  private static final int ENVIRONMENT = 3;
  private static final int FILE_TO_CACHE = 4;
  private static final int SMALL_REGION = 6 << 10;
  private static final int LARGE_REGION = 24 << 10;

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "FILE",
      description = "Work on a copy beside FILE; without, on a file made in this folder.")
  private @Nullable Path given;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "How long. Default: ${DEFAULT-VALUE}")
  private int seconds = 10;

  @Option(
      names = "--page-size",
      paramLabel = "SIZE",
      converter = Size.Converter.class,
      description = "4k to 2m. Default: 4k")
  private Size pageSize = new Size(4096);

  @Option(
      names = "--cache",
      paramLabel = "SIZE",
      converter = Size.Converter.class,
      description = "Memory for pages; the file made is four times as large. Default: 64m")
  private Size cacheSize = new Size(64 << 20);

  @Option(names = "--seed", paramLabel = "S", description = "Of all random choices.")
  private @Nullable Long chosenSeed;

  @Option(names = "--keep", description = "Leave the working copy and its log there.")
  private boolean keep;

  @Option(names = "--unprotected", description = "Ignore pins, as Linux did in 2018: loses writes.")
  private boolean unprotected;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures; - for stdout.")
  private @Nullable String json;

  @Option(
      names = "--verify",
      paramLabel = "COPY",
      description = "Check a copy that a killed run left against the log beside it.")
  private @Nullable Path copyToVerify;

  /** Made by picocli. */
  public DemoCommand() {}

  @Override
  public Integer call() throws Exception {
    try {
      return copyToVerify != null ? verifyCopy(copyToVerify) : demo();
    } catch (DemoFile.EnvironmentException e) {
      return environment(e.getMessage());
    } catch (LongpinException e) {
      return environment(e.getMessage());
    } catch (IOException e) {
      return environment(e.toString());
    }
  }

  private int environment(@Nullable String message) {
    spec.commandLine().getErr().println("longpin demo: " + message);
    return ENVIRONMENT;
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private int verifyCopy(Path copy) throws IOException {
    Path log = DemoFile.logOf(copy);
    if (!Files.isRegularFile(copy) || !Files.isRegularFile(log)) {
      return environment(copy + ": the copy or its log, " + log + ", is not there");
    }
    Verifier.Result result = Verifier.verifyCopy(copy);
    out()
        .printf(
            "%s: %,d bytes had been forced and not cut since; %,d regions lost%n",
            copy, result.bytesVerified(), result.lostWrites());
    return result.lostWrites() == 0 ? CLEAN : LOST;
  }

  private CacheConfig config() {
    try {
      if (pageSize.bytes() > CacheConfig.MAX_PAGE_SIZE) {
        throw new IllegalArgumentException("page size must be a power of two from 4k to 2m");
      }
      CacheConfig config =
          CacheConfig.ofSize(cacheSize.bytes(), (int) pageSize.bytes())
              .withDeadline(Duration.ofSeconds(5))
              .withBackgroundWriteback(true, Duration.ofMillis(200));
      return unprotected ? config.withPolicy(new UnprotectedPolicy()) : config;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private int demo() throws Exception {
    if (seconds < 1) {
      throw new ParameterException(spec.commandLine(), "--seconds must be at least 1");
    }
    CacheConfig config = config();
    long seed = chosenSeed != null ? chosenSeed : new Random().nextLong(1_000_000);
    int regionBytes = pageSize.bytes() <= (16 << 10) ? SMALL_REGION : LARGE_REGION;
    try (DemoFile file = open(regionBytes)) {
      CountDownLatch cleaned = new CountDownLatch(1);
      Thread onSignal = new Thread(() -> stopOnSignal(cleaned), "demo-stop");
      Runtime.getRuntime().addShutdownHook(onSignal);
      try {
        return run(file, config, regionBytes, seed);
      } finally {
        if (!keep) {
          file.delete();
        }
        cleaned.countDown();
        removeHook(onSignal);
      }
    }
  }

  private DemoFile open(int regionBytes) throws IOException, DemoFile.EnvironmentException {
    return given == null
        ? DemoFile.generate(Path.of(""), FILE_TO_CACHE * cacheSize.bytes(), regionBytes)
        : DemoFile.copyOf(given, regionBytes);
  }

  private volatile @Nullable Workload running;

  /** A signal ends the run early; the JVM waits until the copy is removed. */
  private void stopOnSignal(CountDownLatch cleaned) {
    Workload workload = running;
    if (workload != null) {
      workload.stop();
    }
    try {
      var _ = cleaned.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void removeHook(Thread hook) {
    try {
      var _ = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // a signal came: the hook is running
    }
  }

  private int run(DemoFile demoFile, CacheConfig config, int regionBytes, long seed)
      throws Exception {
    Path path = demoFile.path();
    out().printf("working on %s (%s), %d s ...%n", path, new Size(demoFile.bytes()), seconds);
    out().flush();
    String filesystem = Files.getFileStore(path).type();
    Ledger ledger = new Ledger(demoFile.bytes(), regionBytes, demoFile.first());
    try (ForceLog log = ForceLog.create(DemoFile.logOf(path), demoFile.bytes(), regionBytes)) {
      PageCache cache = PageCaches.create(config);
      CachedFile file = cache.open(path, OpenMode.WRITE);
      Workload workload = new Workload(cache, file, demoFile.bytes(), ledger, log, seed);
      running = workload;
      runWithProgress(workload, seed);
      CacheStats stats = workload.finish();
      Verifier.Result verified = Verifier.verify(path, ledger);
      Throwable failure = workload.failure();
      Outcome outcome =
          Outcome.of(
              seed, filesystem, workload.tally(), stats, verified, reason(failure, verified));
      new Report(out()).print(outcome, workload.tally(), unprotected);
      writeJson(outcome);
      explain(ledger);
      out().flush();
      return exitCode(outcome, failure);
    }
  }

  private void explain(Ledger ledger) {
    String finding = ledger.firstFinding();
    if (finding != null && !unprotected) {
      spec.commandLine().getErr().println("longpin demo: first finding: " + finding);
    }
  }

  private void runWithProgress(Workload workload, long seed)
      throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("longpin-demo-device");
    try {
      boolean terminal =
          Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
      if (!terminal) {
        workload.run(folder, seed, seconds, passed -> {});
        return;
      }
      try (ProgressBar bar =
          new ProgressBarBuilder()
              .setTaskName("demo")
              .setInitialMax(TimeUnit.SECONDS.toMillis(seconds))
              .setStyle(ProgressBarStyle.ASCII)
              .hideEta()
              .setUnit(" s", 1000)
              .build()) {
        workload.run(
            folder,
            seed,
            seconds,
            passed -> {
              bar.stepTo(passed);
              bar.setExtraMessage(" " + workload.tally().operations() + " operations");
            });
      }
    } finally {
      Files.delete(folder);
    }
  }

  private static String reason(@Nullable Throwable failure, Verifier.Result verified) {
    if (failure != null) {
      return failure.toString();
    }
    return verified.lostWrites() == 0 ? "done" : "writes were lost";
  }

  private int exitCode(Outcome outcome, @Nullable Throwable failure) {
    if (!outcome.isClean()) {
      return LOST;
    }
    if (failure != null) {
      environment(failure.getMessage());
      return ENVIRONMENT;
    }
    if (unprotected) {
      environment("an unprotected run that lost nothing proves nothing; run it longer");
      return ENVIRONMENT;
    }
    return CLEAN;
  }

  private void writeJson(Outcome outcome) throws IOException {
    if (json == null) {
      return;
    }
    ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    String text = mapper.writeValueAsString(outcome);
    if (json.equals("-")) {
      out().println(text);
    } else {
      Files.writeString(Path.of(json), text + System.lineSeparator());
    }
  }
}
