package dev.longpin.cli.demo;

import dev.longpin.api.CachedFile;
import dev.longpin.api.LongpinException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.cache.PageCaches;
import dev.longpin.cli.kernel.KernelOutcome;
import dev.longpin.cli.kernel.KernelRace;
import dev.longpin.cli.ledger.ForceLog;
import dev.longpin.cli.ledger.Geometry;
import dev.longpin.cli.ledger.Ledger;
import dev.longpin.cli.ledger.LoggedRun;
import dev.longpin.cli.ledger.RunHeader;
import dev.longpin.cli.ledger.Verifier;
import dev.longpin.cli.workload.Tally;
import dev.longpin.cli.workload.Workload;
import dev.longpin.cli.workload.Workload.Ending;
import dev.longpin.sim.Stamp;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One run of the demo.
 *
 * <ol>
 *   <li>Make the working file, and only then its log: a log says that the file is whole.
 *   <li>Let the workload work on it, until its cache is closed.
 *   <li>Compare every byte, from outside the cache: with the ledger if all was forced at the end,
 *       else with what the log has.
 *   <li>Show the same race on the kernel alone.
 *   <li>Remove file and log, unless they are to be kept.
 * </ol>
 *
 * <p>A signal ends step 2 early, and the JVM then waits for {@link #close}.
 */
final class DemoRun implements AutoCloseable {

  private static final int FILE_TO_CACHE = 4;
  private static final long CLEANUP_SECONDS = 40;

  /** How long the kernel alone gets. */
  private static final Duration KERNEL_TIME = Duration.ofMillis(600);

  private final DemoOptions options;
  private final PrintWriter out;
  private final Thread onSignal = new Thread(this::stopOnSignal, "demo-stop");
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile boolean signalled;
  private volatile @Nullable Workload workload;

  /** What it wrote can't be compared for now, perhaps because the disk fails: kept for later. */
  private boolean toBeVerified;

  private DemoRun(DemoOptions options, PrintWriter out) {
    this.options = options;
    this.out = out;
  }

  /** Returns a run that heeds signals from now on, and says on {@code out} what it works on. */
  static DemoRun of(DemoOptions options, PrintWriter out) {
    DemoRun run = new DemoRun(options, out);
    Runtime.getRuntime().addShutdownHook(run.onSignal);
    return run;
  }

  /** Runs, and returns what came of it. */
  Outcome call() throws IOException, EnvironmentException {
    try (DemoFile file = file()) {
      return onFile(file);
    }
  }

  private DemoFile file() throws IOException, EnvironmentException {
    return options.given() == null
        ? DemoFile.toBeMade(Path.of(""), FILE_TO_CACHE * options.config().capacityBytes())
        : DemoFile.copyOf(options.given());
  }

  private Outcome onFile(DemoFile file) throws IOException, EnvironmentException {
    ForceLog log = ForceLog.open(file.log());
    if (log == null) {
      throw new EnvironmentException(file.path() + ": another demo is working on it");
    }
    try (log) {
      try {
        return onLog(file, log);
      } finally {
        leave(file); // while nobody else can take it
      }
    }
  }

  private void leave(DemoFile file) throws IOException {
    if (!options.keep() && !toBeVerified) {
      file.delete();
    } else if (Files.exists(file.path())) {
      out.printf("Kept %s; --verify checks it against %s.%n", file.path(), file.log());
    }
  }

  private Outcome onLog(DemoFile file, ForceLog log) throws IOException, EnvironmentException {
    out.printf(
        "Working on %s for %d s, with devices that are slow on purpose ...%n",
        file.path(), options.time().toSeconds());
    out.flush();
    Stamp stamp = new Stamp(options.seed());
    file.make(stamp, () -> !signalled); // (1)
    Geometry geometry = file.geometry(options.config().pageSize());
    RunHeader header = file.header(options.seed(), geometry);
    log.begin(header);
    Ledger ledger = new Ledger(geometry, stamp, file.sizeBytes(), file.baseline(), false);
    String filesystem = Files.getFileStore(file.path()).type();
    Ending ending = work(file, ledger, log); // (2)
    toBeVerified = true;
    file.checkOriginal();
    Verifier.Result verified = verify(file, ledger, log, ending); // (3)
    toBeVerified = false;
    Map<String, KernelOutcome> kernel = // (4)
        KernelRace.run(file.path(), options.seed(), signalled ? Duration.ZERO : KERNEL_TIME);
    return new Outcome(options, filesystem, tally(), ending, verified, kernel, signalled);
  }

  private PageCache cache() throws EnvironmentException {
    try {
      return PageCaches.create(options.config());
    } catch (OutOfMemoryError e) {
      throw new EnvironmentException(
          "no memory for a cache of " + new Size(options.config().capacityBytes()));
    }
  }

  private Ending work(DemoFile file, Ledger ledger, ForceLog log)
      throws IOException, EnvironmentException {
    PageCache cache = cache();
    CachedFile opened;
    try {
      opened = cache.open(file.path(), OpenMode.WRITE);
    } catch (LongpinException e) {
      cache.close();
      throw e;
    }
    Workload made = new Workload(cache, opened, ledger, log, file.workingBytes(), options.seed());
    workload = made;
    if (signalled) {
      made.stop();
    }
    try (Progress progress = Progress.of(options.time(), made.tally())) {
      return made.run(options.time(), file.secondFile(), progress);
    }
  }

  private Tally tally() {
    Workload made = workload;
    if (made == null) {
      throw new IllegalStateException("not run");
    }
    return made.tally();
  }

  private static Verifier.Result verify(DemoFile file, Ledger ledger, ForceLog log, Ending ending)
      throws IOException {
    if (ending.forced()) {
      return Verifier.verify(file.path(), ledger, ending.sizeBytes());
    }
    LoggedRun logged = LoggedRun.read(file.log(), log, header -> file.baseline());
    return Verifier.verifyAtLeast(file.path(), logged.ledger());
  }

  private void stopOnSignal() {
    signalled = true;
    Workload running = workload;
    if (running != null) {
      running.stop();
    }
    try {
      var _ = closed.await(CLEANUP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** All is cleaned up and said: the JVM may end. */
  @Override
  public void close() {
    closed.countDown();
    try {
      var _ = Runtime.getRuntime().removeShutdownHook(onSignal);
    } catch (IllegalStateException e) {
      return; // a signal came: it is running
    }
  }
}
