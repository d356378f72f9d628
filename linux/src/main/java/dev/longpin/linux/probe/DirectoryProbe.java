package dev.longpin.linux.probe;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.linux.LinuxStoreProvider;
import dev.longpin.spi.Engine;
import dev.longpin.spi.Store;
import dev.longpin.spi.Store.Feature;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A directory's file system, by a file made there and used as a cache would. */
final class DirectoryProbe {

  private static final String GROUP = "files in ";
  private static final int PAGE = 4096;
  private static final int PAGES = 8;

  private final Path directory;
  private final String group;
  private final List<Finding> found = new ArrayList<>();

  private DirectoryProbe(Path directory) {
    this.directory = directory;
    this.group = GROUP + directory;
  }

  /**
   * Looks.
   *
   * @throws IOException if no file can be made there
   */
  static List<Finding> look(Path directory) throws IOException {
    DirectoryProbe probe = new DirectoryProbe(directory);
    probe.fileSystem();
    probe.store();
    probe.pins();
    return probe.found;
  }

  private void fileSystem() throws IOException {
    String type = Files.getFileStore(directory).type();
    found.add(Finding.info(group, "file_system", type, ""));
    String options = mountOptions();
    boolean dax = List.of(options.split(",")).stream().anyMatch(o -> o.matches("dax(=always)?"));
    found.add(
        dax
            ? Finding.ok(group, "dax", "mounted with DAX")
            : Finding.info(
                group,
                "dax",
                "not mounted with DAX",
                "needs persistent memory, and the mount option dax=always of ext4 or xfs"));
  }

  /** Of the mount whose point is the longest prefix of the directory. */
  private String mountOptions() throws IOException {
    Path real = directory.toRealPath();
    String options = "";
    int longest = -1;
    for (String line : MachineProbe.text("/proc/self/mounts").split("\n", -1)) {
      String[] fields = line.split(" ", -1);
      if (fields.length > 3) {
        Path point = Path.of(fields[1].replace("\\040", " "));
        if (real.startsWith(point) && point.getNameCount() > longest) {
          longest = point.getNameCount();
          options = fields[3];
        }
      }
    }
    return options;
  }

  private void store() throws IOException {
    Path file = Files.createTempFile(directory, "longpin-doctor-", ".tmp");
    Engine engine = new LinuxStoreProvider().engine((long) PAGES * PAGE, PAGE);
    try (Store store = engine.open(file, OpenMode.WRITE)) {
      Files.delete(file); // nothing stays, whatever happens
      MemorySegment frames = engine.memory().segment();
      String failed = use(store, frames);
      Set<Feature> features = store.features();
      boolean direct = features.contains(Feature.DIRECT);
      found.add(
          direct
              ? Finding.ok(
                  group,
                  "direct_io",
                  "past the kernel's page cache, blocks of " + store.blockSize() + " bytes")
              : Finding.without(
                  group,
                  "direct_io",
                  "not used" + failed,
                  "data is cached twice: ext4, xfs and btrfs on a disk do better"));
      found.add(
          features.contains(Feature.RESERVE)
              ? Finding.ok(group, "space_reservation", "a write never fails for lack of space late")
              : Finding.without(
                  group,
                  "space_reservation",
                  "not promised here",
                  "a full disk may show only at force(); ext4 and xfs reserve space (I7)"));
      found.add(
          features.contains(Feature.PUNCH_HOLE)
              ? Finding.ok(group, "punch_hole", "frees space")
              : Finding.without(group, "punch_hole", "writes zeros", ""));
      found.add(
          features.contains(Feature.LOCK)
              ? Finding.ok(group, "file_lock", "against other processes")
              : Finding.without(group, "file_lock", "none", "let no other process write there"));
    } finally {
      Files.deleteIfExists(file);
      engine.memory().free();
    }
  }

  private static String use(Store store, MemorySegment frames) {
    try {
      store.reserve(0, (long) PAGES * PAGE);
      store.write(frames, 0);
      store.punchHole(0, PAGE);
      var _ = store.read(frames, 0);
      store.sync();
      return "";
    } catch (StoreException e) {
      return ": " + e.getMessage();
    }
  }

  /** What the kernel alone answers to a long-term pin of a file mapping. */
  private void pins() throws IOException {
    long bytes = 16L * PAGE;
    found.add(
        pin("kernel_pin_here", "of a file here", () -> KernelPin.inDirectory(directory, bytes)));
    found.add(pin("kernel_pin_memfd", "of a file in memory", () -> KernelPin.inMemory(bytes)));
  }

  /** Makes what is to be pinned. */
  @FunctionalInterface
  private interface Maker {
    KernelPin make() throws IOException;
  }

  private Finding pin(String key, String what, Maker maker) throws IOException {
    String status;
    try (KernelPin pin = maker.make()) {
      status = pin.pin();
    } catch (IOException e) {
      return Finding.info(group, key, "not tried: " + e.getMessage(), "");
    }
    return status.equals(KernelPin.OK)
        ? Finding.info(
            group,
            key,
            "a mapping " + what + ": taken",
            "a truncate under it loses writes silently")
        : Finding.info(group, key, "a mapping " + what + ": refused, " + status, "");
  }
}
