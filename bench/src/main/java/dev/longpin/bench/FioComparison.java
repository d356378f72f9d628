package dev.longpin.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CacheStats;
import dev.longpin.api.CachedFile;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.Pin;
import dev.longpin.api.PinQueue;
import dev.longpin.cache.PageCaches;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Random misses against fio, in turns: each page of a file is read once, in the same random order,
 * 32 at a time, through a cache of a quarter of the file that has to reclaim all the while; and by
 * fio, with io_uring, fixed buffers and direct I/O. Says I/O operations a second, and how much
 * processor time each cost, user and system, of all threads.
 */
public final class FioComparison {

  private static final int PAGE = 4096;
  private static final int DEPTH = 32;
  private static final int CHUNK = 1 << 20;
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final Path file;
  private final long bytes;
  private long[] offsets = {};

  private FioComparison(Path file, long bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  /** What a run did. */
  private record Figures(double perSecond, double cpuMicros) {}

  /** A way to read all pages once. */
  private interface Way {
    Figures run() throws Exception;
  }

  /**
   * Compares.
   *
   * @param args the directory for the file, its size in MiB, the number of rounds, and a part of
   *     the names of the ways to be compared
   */
  public static void main(String[] args) throws Exception {
    Path dir = Path.of(args.length > 0 ? args[0] : ".");
    long mebibytes = args.length > 1 ? Long.parseLong(args[1]) : 1024;
    int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
    Path file = dir.resolve("longpin-fio-" + ProcessHandle.current().pid() + ".data");
    try {
      new FioComparison(file, mebibytes << 20).compare(rounds, args.length > 3 ? args[3] : "");
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(log(file));
    }
  }

  private static Path log(Path file) {
    return file.resolveSibling(file.getFileName() + ".iolog");
  }

  private void compare(int rounds, String some) throws Exception {
    makeFile();
    offsets = offsetsOfFio();
    System.out.printf(
        "%s, %,d pages of %d bytes, a cache of a quarter, %d outstanding; fio's job:%n%n%s%n%n",
        Files.getFileStore(file).type(), offsets.length, PAGE, DEPTH, String.join(" ", job()));
    Map<String, Way> ways = new LinkedHashMap<>();
    ways.put("fio", this::fio);
    ways.put("pin queue, one thread", () -> ours(this::queueing));
    ways.put("prefetch and pin, one thread", () -> ours(this::prefetching));
    ways.put("read, 32 virtual threads", () -> ours(f -> reading(f, Thread.ofVirtual().factory())));
    ways.put(
        "read, 32 platform threads", () -> ours(f -> reading(f, Thread.ofPlatform().factory())));
    ways.keySet().removeIf(name -> !name.equals("fio") && !name.contains(some));
    Map<String, List<Figures>> all = new LinkedHashMap<>();
    for (int round = 0; round <= rounds; round++) {
      for (Map.Entry<String, Way> way : ways.entrySet()) {
        Figures figures = way.getValue().run();
        if (round > 0) { // the first one warms up
          all.computeIfAbsent(way.getKey(), key -> new ArrayList<>()).add(figures);
        }
      }
    }
    report(all);
  }

  private static void report(Map<String, List<Figures>> all) {
    List<Figures> fio = Objects.requireNonNull(all.get("fio"));
    System.out.printf(
        "%-30s %26s %9s %28s %9s%n", "", "IOPS", "to fio", "CPU us per I/O", "to fio");
    all.forEach((name, figures) -> {
      double[] rate = sorted(figures.stream().mapToDouble(Figures::perSecond).toArray());
      double[] cpu = sorted(figures.stream().mapToDouble(Figures::cpuMicros).toArray());
      double[] rateRatio = new double[figures.size()];
      double[] cpuRatio = new double[figures.size()];
      for (int i = 0; i < figures.size(); i++) {
        rateRatio[i] = figures.get(i).perSecond / fio.get(i).perSecond;
        cpuRatio[i] = figures.get(i).cpuMicros / fio.get(i).cpuMicros;
      }
      System.out.printf(
          Locale.ROOT,
          "%-30s %8.0f (%7.0f - %7.0f) %9.2f %9.1f (%6.1f - %6.1f) %9.2f%n",
          name,
          median(rate),
          rate[0],
          rate[rate.length - 1],
          median(sorted(rateRatio)),
          median(cpu),
          cpu[0],
          cpu[cpu.length - 1],
          median(sorted(cpuRatio)));
    });
  }

  private static double[] sorted(double[] values) {
    Arrays.sort(values);
    return values;
  }

  private static double median(double[] sorted) {
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Data that nobody has read may come slower: it is read once. */
  private void makeFile() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    byte[] chunk = new byte[CHUNK];
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      for (long at = 0; at < bytes; at += CHUNK) {
        random.nextBytes(chunk);
        channel.write(ByteBuffer.wrap(chunk), at);
      }
      channel.force(true);
      for (long at = 0; at < bytes; at += CHUNK) {
        channel.read(ByteBuffer.wrap(chunk), at);
      }
    }
  }

  private List<String> job() {
    return List.of(
        "fio",
        "--name=misses",
        "--filename=" + file,
        "--ioengine=io_uring",
        "--fixedbufs=1",
        "--registerfiles=1",
        "--direct=1",
        "--rw=randread",
        "--bs=4k",
        "--iodepth=" + DEPTH,
        "--size=" + bytes,
        "--randrepeat=1",
        "--randseed=7",
        "--thread=1");
  }

  private static String run(List<String> job, String... more) throws Exception {
    List<String> command = new ArrayList<>(job);
    command.addAll(List.of(more));
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new IllegalStateException("needs fio: install the package fio", e);
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException("fio failed: " + output);
    }
    return output;
  }

  /** fio draws the same numbers in each run; it writes them down once. */
  private long[] offsetsOfFio() throws Exception {
    run(job(), "--write_iolog=" + log(file));
    try (var lines = Files.lines(log(file))) {
      return lines
          .map(line -> line.split(" ", -1))
          .filter(words -> Arrays.asList(words).contains("read"))
          .mapToLong(words -> Long.parseLong(words[words.length - 2]))
          .toArray();
    }
  }

  private Figures fio() throws Exception {
    // Terse version 3: field 8 is the read IOPS, 88 and 89 the user and system CPU in percent.
    String[] fields =
        run(job(), "--output-format=terse", "--terse-version=3").strip().split(";", -1);
    double perSecond = Double.parseDouble(fields[7]);
    double cpu = percent(fields[87]) + percent(fields[88]);
    return new Figures(perSecond, cpu / 100 / perSecond * 1e6);
  }

  private static double percent(String field) {
    return Double.parseDouble(field.replace("%", ""));
  }

  /** Reads all pages of an open file. */
  private interface Reader {
    void read(CachedFile file) throws Exception;
  }

  private Figures ours(Reader reader) throws Exception {
    CacheConfig config =
        CacheConfig.ofSize(bytes / 4, PAGE).withReadahead(0).withDeadline(Duration.ofMinutes(1));
    try (PageCache cache = PageCaches.create(config);
        CachedFile opened = cache.open(file, OpenMode.READ)) {
      long cpu = SYSTEM.getProcessCpuTime();
      long time = System.nanoTime();
      reader.read(opened);
      double seconds = (System.nanoTime() - time) / 1e9;
      double cpuMicros = (SYSTEM.getProcessCpuTime() - cpu) / 1e3;
      CacheStats stats = cache.stats();
      if (stats.misses() < offsets.length || !stats.direct() || stats.registeredBytes() == 0) {
        throw new IllegalStateException("this is something else than what fio does: " + stats);
      }
      return new Figures(offsets.length / seconds, cpuMicros / offsets.length);
    }
  }

  private void queueing(CachedFile opened) throws IOException {
    long sum = 0;
    PinQueue queue = opened.pinQueue(Access.READ);
    for (int i = 0; i < DEPTH; i++) {
      queue.submit(offsets[i], PAGE);
    }
    for (int i = DEPTH; queue.size() > 0; i++) {
      try (Pin pin = queue.take()) {
        sum += pin.getLong(0);
      }
      if (i < offsets.length) {
        queue.submit(offsets[i], PAGE);
      }
    }
    consume(sum);
  }

  private void prefetching(CachedFile opened) throws IOException {
    long sum = 0;
    for (int i = 0; i < DEPTH - 1; i++) {
      opened.prefetch(offsets[i], PAGE);
    }
    for (int i = 0; i < offsets.length; i++) {
      if (i + DEPTH - 1 < offsets.length) {
        opened.prefetch(offsets[i + DEPTH - 1], PAGE);
      }
      try (Pin pin = opened.pin(offsets[i], PAGE, Access.READ)) {
        sum += pin.getLong(0);
      }
    }
    consume(sum);
  }

  private void reading(CachedFile opened, ThreadFactory threads) throws Exception {
    AtomicInteger next = new AtomicInteger();
    List<Throwable> failures = new ArrayList<>();
    List<Thread> all = new ArrayList<>();
    for (int i = 0; i < DEPTH; i++) {
      Thread thread =
          threads.newThread(() -> {
            try (Arena arena = Arena.ofConfined()) {
              MemorySegment target = arena.allocate(PAGE);
              for (int at = next.getAndIncrement();
                  at < offsets.length;
                  at = next.getAndIncrement()) {
                opened.read(target, offsets[at]);
              }
            } catch (IOException | RuntimeException e) {
              synchronized (failures) {
                failures.add(e);
              }
            }
          });
      all.add(thread);
      thread.start();
    }
    for (Thread thread : all) {
      thread.join();
    }
    if (!failures.isEmpty()) {
      throw new IllegalStateException(failures.getFirst());
    }
  }

  private static void consume(long value) {
    if (value == 42) {
      System.out.print(' ');
    }
  }
}
