package dev.longpin.linux.probe;

import dev.longpin.linux.sys.SystemCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The machine: its pages, its memory, its huge pages. */
final class MachineProbe {

  private static final String GROUP = "machine";
  private static final int TESTED_PAGE = 4096;

  private MachineProbe() {}

  static List<Finding> look(@Nullable SystemCalls calls, String problem) {
    List<Finding> found = new ArrayList<>();
    String system =
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + ", "
            + System.getProperty("os.arch");
    found.add(
        System.getProperty("os.arch", "").equals("amd64")
            ? Finding.ok(GROUP, "system", system)
            : Finding.info(
                GROUP, "system", system, "Longpin is written for it, and untested on it"));
    if (calls == null) {
      found.add(
          Finding.without(
              GROUP,
              "linux_layer",
              problem,
              "data goes by Java's FileChannel; nothing reserves space, punches holes or locks"));
      return found;
    }
    int page = calls.memory().machinePageSize();
    found.add(
        page == TESTED_PAGE
            ? Finding.ok(GROUP, "page_size", page + " bytes")
            : Finding.info(
                GROUP,
                "page_size",
                page + " bytes",
                "Longpin is written for it, and untested on it"));
    found.add(hugePages());
    return found;
  }

  private static Finding hugePages() {
    long pool = number("/proc/sys/vm/nr_hugepages");
    String shared = text("/sys/kernel/mm/transparent_hugepage/shmem_enabled");
    boolean transparent =
        shared.contains("[advise]") || shared.contains("[always]") || shared.contains("[within");
    String seen = "pool of " + pool + ", for memory files " + chosen(shared);
    return pool > 0 || transparent
        ? Finding.ok(GROUP, "huge_pages", seen)
        : Finding.without(
            GROUP,
            "huge_pages",
            seen,
            "to register frames faster: echo advise"
                + " > /sys/kernel/mm/transparent_hugepage/shmem_enabled, or sysctl"
                + " vm.nr_hugepages=N (of 2 MiB)");
  }

  private static String chosen(String choices) {
    int start = choices.indexOf('[');
    int end = choices.indexOf(']');
    return start < 0 || end < start ? "unknown" : choices.substring(start + 1, end);
  }

  static long number(String path) {
    String digits = text(path).replaceAll("\\D", "");
    return digits.isEmpty() ? 0 : Long.parseLong(digits);
  }

  static String text(String path) {
    try {
      return Files.readString(Path.of(path)).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
