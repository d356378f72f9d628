package dev.longpin.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much memory this process could take without someone being killed for it: what the kernel
 * estimates, and what the limits of our control groups (version 2) leave. A file in memory can be
 * of any size; only its use shows that there is not so much, and that kills.
 */
final class AvailableMemory {

  private static final int KIBIBYTE = 1024;

  private final Path root;

  /** Looks at the files of a machine whose root directory is {@code root}. */
  AvailableMemory(Path root) {
    this.root = root;
  }

  /** Returns the number of bytes; {@link Long#MAX_VALUE} if the system doesn't tell. */
  long bytes() {
    long bytes = Long.MAX_VALUE;
    for (String line : lines("proc/meminfo")) {
      if (line.startsWith("MemAvailable:")) {
        bytes = number(line) * KIBIBYTE;
      }
    }
    for (String line : lines("proc/self/cgroup")) {
      if (line.startsWith("0::/")) {
        bytes = Math.min(bytes, leftIn(line.substring("0::/".length())));
      }
    }
    return bytes;
  }

  /** A group is limited by its parents too, of which those outside a container don't show. */
  private long leftIn(String group) {
    long left = Long.MAX_VALUE;
    Path mount = Path.of("sys/fs/cgroup");
    @Nullable Path at = mount.resolve(group);
    while (at != null && at.startsWith(mount)) {
      List<String> limit = lines(at.resolve("memory.max").toString());
      List<String> used = lines(at.resolve("memory.current").toString());
      if (limit.size() == 1 && used.size() == 1 && !limit.getFirst().equals("max")) {
        long kept = Math.max(0, number(used.getFirst()) - cached(at));
        left = Math.min(left, Math.max(0, number(limit.getFirst()) - kept));
      }
      at = at.getParent();
    }
    return left;
  }

  /** Files that the kernel has cached count as used, and go when memory is wanted. */
  private long cached(Path group) {
    return lines(group.resolve("memory.stat").toString()).stream()
        .filter(line -> line.startsWith("inactive_file ") || line.startsWith("active_file "))
        .mapToLong(AvailableMemory::number)
        .sum();
  }

  private static long number(String text) {
    String digits = text.replaceAll("\\D", "");
    return digits.isEmpty() || digits.length() > 18
        ? Long.MAX_VALUE / KIBIBYTE
        : Long.parseLong(digits);
  }

  private List<String> lines(String file) {
    try {
      return Files.readAllLines(root.resolve(file));
    } catch (IOException e) {
      return List.of();
    }
  }
}
