package dev.longpin.linux.probe;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What devices could be had: RDMA by libfabric, user-space devices by VFIO. */
final class DeviceProbe {

  private static final String GROUP = "devices";
  private static final long PATIENCE_SECONDS = 5;

  private DeviceProbe() {}

  static List<Finding> look() {
    List<Finding> found = new ArrayList<>();
    found.add(libfabric());
    found.add(vfio());
    return found;
  }

  @SuppressWarnings("restricted") // loads a library by its name, as the loader finds it
  private static Finding libfabric() {
    try (Arena arena = Arena.ofConfined()) {
      SymbolLookup library = SymbolLookup.libraryLookup("libfabric.so.1", arena);
      if (library.find("fi_getinfo").isEmpty()) {
        return Finding.missing(GROUP, "libfabric", "libfabric.so.1 has no fi_getinfo", "");
      }
      return Finding.ok(GROUP, "libfabric", "there" + providers());
    } catch (IllegalArgumentException e) {
      return Finding.missing(
          GROUP, "libfabric", "libfabric.so.1 not found", "install libfabric1 (and libfabric-bin)");
    }
  }

  private static String providers() {
    try {
      Process process = new ProcessBuilder("fi_info", "-l").redirectErrorStream(true).start();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return ", fi_info does not answer";
      }
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      List<String> names =
          output
              .lines()
              .filter(line -> line.matches("\\S+:"))
              .map(l -> l.replace(":", ""))
              .toList();
      return ", providers " + String.join(", ", names);
    } catch (IOException e) {
      return ", fi_info not found (libfabric-bin lists providers)";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  private static Finding vfio() {
    boolean node = Files.exists(Path.of("/dev/vfio/vfio"));
    long groups;
    try (Stream<Path> all = Files.list(Path.of("/sys/kernel/iommu_groups"))) {
      groups = all.count();
    } catch (IOException e) {
      groups = 0;
    }
    String seen = (node ? "/dev/vfio/vfio, " : "no /dev/vfio/vfio, ") + groups + " IOMMU groups";
    if (node && groups > 0) {
      return Finding.ok(GROUP, "vfio", seen);
    }
    return Finding.missing(
        GROUP,
        "vfio",
        seen,
        groups == 0
            ? "turn the IOMMU on (firmware, and intel_iommu=on or amd_iommu=on)"
            : "modprobe vfio-pci");
  }
}
