package dev.longpin.cli.demo;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.CacheStats;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Holder;
import dev.longpin.api.HolderMemory;
import dev.longpin.api.LongpinException;
import dev.longpin.api.NoMemoryException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.Unmapping;
import dev.longpin.cache.PageCaches;
import dev.longpin.cli.guest.GuestChild;
import dev.longpin.cli.guest.GuestKind;
import dev.longpin.guest.host.GuestHost;
import dev.longpin.guest.host.GuestLimits;
import dev.longpin.guest.wire.CutOffReason;
import dev.longpin.lab.Unprotected;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Guests in processes of their own, each with all of a file and writing to it, while half of the
 * file is cut off, over and over. What a guest had reported complete must be in the file, read from
 * outside of the cache, and nothing that it wrote when it had been told to let go.
 */
final class GuestDemo {

  private static final int PAGE = 4096;
  private static final int SIZE = 4 * PAGE;
  private static final int CUT = 2 * PAGE;
  private static final long LENDABLE = 4 << 20;
  private static final Duration ANSWER = Duration.ofMillis(100);
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final int KILL_AFTER_MILLIS = 10;
  private static final int LIE_MILLIS = 3;
  private static final int KILLED_ROUNDS_OF_100 = 20;

  /** Not counted: the host's code gets compiled. */
  private static final int WARM_UP_ROUNDS = 50;

  private static final Duration END = Duration.ofSeconds(20);

  private final Path dir;
  private final int rounds;
  private final boolean unprotected;
  private final PrintWriter out;
  private long wrong;

  GuestDemo(Path dir, int rounds, boolean unprotected, PrintWriter out) {
    this.dir = dir;
    this.rounds = rounds;
    this.unprotected = unprotected;
    this.out = out;
  }

  /** What a round needs. */
  private record Scene(Path path, PageCache cache, CachedFile file, GuestHost host) {}

  /** Returns the exit code. */
  int call() throws IOException, EnvironmentException {
    if (!Files.isWritable(dir)) {
      throw new EnvironmentException(dir + ": no directory to write to");
    }
    CacheConfig config = CacheConfig.ofSize(8 << 20, PAGE).withLendable(LENDABLE);
    Path path = Files.createTempFile(dir, "longpin-guest-", ".data");
    Path socket = Files.createTempDirectory("longpin-guest").resolve("socket");
    try (PageCache cache =
            PageCaches.create(unprotected ? config.withPolicy(new Unprotected()) : config);
        CachedFile file = cache.open(path, OpenMode.WRITE)) {
      checkLends(cache);
      file.truncate(SIZE);
      GuestLimits limits = GuestLimits.DEFAULT.withTimes(ANSWER, DEADLINE);
      try (GuestHost host =
          GuestHost.open(
              cache, socket, (_, name, _) -> name.equals("file") ? file : null, limits)) {
        Scene scene = new Scene(path, cache, file, host);
        say("longpin demo --guest" + (unprotected ? " --unprotected: pins are ignored" : ""));
        say(
            "a file of %,d bytes, pages of %,d, data by %s; it is cut to %,d under a guest"
                .formatted(SIZE, PAGE, cache.stats().engine(), CUT));
        return unprotected ? canary(scene) : all(scene);
      }
    } finally {
      Files.deleteIfExists(path);
      Files.deleteIfExists(socket.getParent());
    }
  }

  private static void checkLends(PageCache cache) throws EnvironmentException, LongpinException {
    try (HolderMemory memory = cache.lend(new Holder("demo", "guest"), PAGE)) {
      if (memory.descriptor() < 0) {
        throw new EnvironmentException("memory here has no descriptor to pass to a guest");
      }
    } catch (UnsupportedOperationException e) {
      throw new EnvironmentException("no memory can be lent here: " + e.getMessage());
    }
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }

  private int all(Scene scene) throws IOException {
    say("a guest has " + ANSWER.toMillis() + " ms to let go, and then no memory any more");
    say("");
    say(
        "%-22s %7s %10s %10s %10s %12s"
            .formatted("truncate, guest", "rounds", "median", "p99", "cut off", "wrong bytes"));
    var _ = run(scene, GuestKind.ANSWERS, Math.min(rounds, WARM_UP_ROUNDS));
    for (GuestKind kind : GuestKind.values()) {
      String reason = kind == GuestKind.PYTHON ? GuestChild.noPython() : null;
      if (reason == null) {
        int killed = Math.max(1, rounds * KILLED_ROUNDS_OF_100 / 100);
        say(run(scene, kind, kind == GuestKind.KILLED ? killed : rounds));
      } else {
        say("%-22s skipped: %s".formatted(kind, reason));
      }
    }
    return judge(scene);
  }

  /** Returns a line about it. */
  private String run(Scene scene, GuestKind kind, int count) throws IOException {
    long cutOffBefore = cutOff(scene.host);
    long wrongBefore = wrong;
    List<Long> nanos = new ArrayList<>();
    GuestChild child = start(scene, kind);
    try {
      for (int round = 0; round < count; round++) {
        String wrote = child.tryAwait("wrote ");
        if (wrote == null) { // killed; or in Python, which ends when it is cut off
          child.close();
          child = start(scene, kind);
          wrote = child.await("wrote ");
        }
        nanos.add(round(scene, kind, child, wrote.charAt(0)));
      }
    } finally {
      child.close();
    }
    await(() -> scene.host.guests().isEmpty());
    Collections.sort(nanos);
    return "%-22s %7d %7.1f ms %7.1f ms %10d %12d"
        .formatted(
            kind,
            count,
            millis(nanos.get(count / 2)),
            millis(nanos.get(Math.min(count - 1, count * 99 / 100))),
            cutOff(scene.host) - cutOffBefore,
            wrong - wrongBefore);
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }

  private static GuestChild start(Scene scene, GuestKind kind) throws IOException {
    return GuestChild.start(kind, scene.host.path(), "file", SIZE);
  }

  /** Those that lost their memory and had not left. */
  private static long cutOff(GuestHost host) {
    return host.stats().ended(CutOffReason.NO_ANSWER);
  }

  /** Returns how long the truncate took. */
  private long round(Scene scene, GuestKind kind, GuestChild child, char wrote) throws IOException {
    char letter = wrote;
    if (kind == GuestKind.STOPPED) {
      child.signal("STOP");
    }
    CompletableFuture<Void> killed = kind == GuestKind.KILLED ? killSoon(child) : null;
    long start = System.nanoTime();
    scene.file.truncate(CUT, Unmapping.within(DEADLINE));
    long took = System.nanoTime() - start;
    if (kind == GuestKind.LIES) { // under a pin it may write what it likes: not any more
      letter = 'w';
      scene.file.write(MemorySegment.ofArray(letters(letter, CUT)), 0);
      sleep(LIE_MILLIS);
    }
    scene.file.force();
    compare(scene.path, letter, CUT);
    scene.file.truncate(SIZE);
    if (kind == GuestKind.STOPPED) {
      child.signal("CONT");
    }
    if (killed != null) {
      killed.join();
    }
    return took;
  }

  private static CompletableFuture<Void> killSoon(GuestChild child) {
    return CompletableFuture.runAsync(() -> {
      try {
        sleep(KILL_AFTER_MILLIS);
        child.kill();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    });
  }

  private static void sleep(int millis) throws IOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static byte[] letters(char letter, int count) {
    byte[] bytes = new byte[count];
    Arrays.fill(bytes, (byte) letter);
    return bytes;
  }

  private void compare(Path path, char letter, int lengthBytes) throws IOException {
    byte[] found = Files.readAllBytes(path);
    wrong += Math.abs(found.length - lengthBytes);
    for (int i = 0; i < Math.min(lengthBytes, found.length); i++) {
      wrong += found[i] == letter ? 0 : 1;
    }
  }

  /** The file is cut and grows again; the guest is not told, and reports what it writes then. */
  private int canary(Scene scene) throws IOException {
    String wrote;
    try (GuestChild child = start(scene, GuestKind.ANSWERS)) {
      String _ = child.await("wrote ");
      scene.file.truncate(CUT, Unmapping.within(DEADLINE));
      scene.file.truncate(SIZE);
      say("the truncate returned at once; the file has its old size again, and the guest its pin");
      child.write();
      wrote = child.await("wrote ");
      String complete = wrote.substring(2);
      say(
          "the guest wrote '"
              + wrote.charAt(0)
              + "' to all of it; taken for complete: "
              + complete);
    }
    await(() -> scene.host.guests().isEmpty());
    scene.file.force();
    compare(scene.path, wrote.charAt(0), SIZE);
    say("the guest has left; after a force %,d bytes of that are not in the file".formatted(wrong));
    return wrong > 0 ? Outcome.WRONG : Outcome.ENVIRONMENT;
  }

  private int judge(Scene scene) throws IOException {
    CacheStats stats = scene.cache.stats();
    long left = LENDABLE;
    try (HolderMemory memory = scene.cache.lend(new Holder("demo", "guest"), LENDABLE)) {
      left -= memory.segment().byteSize(); // it can all be lent again
    } catch (NoMemoryException e) {
      say("failed: " + e.getMessage());
    }
    say("");
    say(
        "left behind: %d guests, %d pins, %d disconnected frames, %d bytes of lent memory"
            .formatted(
                scene.host.guests().size(),
                scene.cache.holders().size(),
                stats.disconnectedFrames(),
                left));
    List<String> errors = scene.host.stats().errors();
    errors.forEach(error -> say("failed: " + error));
    boolean clean =
        wrong == 0
            && left == 0
            && errors.isEmpty()
            && scene.cache.holders().isEmpty()
            && stats.disconnectedFrames() == 0;
    say(clean ? "Nothing was lost." : "Something was lost, or left behind.");
    return clean ? Outcome.CLEAN : Outcome.WRONG;
  }

  /** What is awaited. */
  @FunctionalInterface
  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition) throws IOException {
    long start = System.nanoTime();
    while (!condition.holds()) {
      if (System.nanoTime() - start > END.toNanos()) {
        throw new IOException("guests whose memory does not come back");
      }
      sleep(1);
    }
  }
}
