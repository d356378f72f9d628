package dev.longpin.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AvailableMemoryTest {

  @TempDir private Path root;

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text + "\n");
  }

  private long bytes() {
    return new AvailableMemory(root).bytes();
  }

  @Test
  void withoutFilesThereIsNoLimit() {
    assertThat(bytes()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void theKernelsEstimateCounts() throws IOException {
    write("proc/meminfo", "MemTotal:  100 kB\nMemAvailable:     40 kB\nSwapFree: 7 kB");
    assertThat(bytes()).isEqualTo(40 << 10);
  }

  @Test
  void theNarrowestGroupCounts() throws IOException {
    write("proc/meminfo", "MemAvailable: 1000 kB");
    write("proc/self/cgroup", "0::/a/b");
    write("sys/fs/cgroup/a/memory.max", "5000");
    write("sys/fs/cgroup/a/memory.current", "4000");
    write("sys/fs/cgroup/a/b/memory.max", "max");
    write("sys/fs/cgroup/a/b/memory.current", "77");
    assertThat(bytes()).isEqualTo(1000);
    write("sys/fs/cgroup/a/b/memory.max", "50");
    assertThat(bytes()).isZero();
  }

  @Test
  void aLimitInTheGroupItselfCounts() throws IOException {
    write("proc/self/cgroup", "0::/");
    write("sys/fs/cgroup/memory.max", "300");
    write("sys/fs/cgroup/memory.current", "100");
    assertThat(bytes()).isEqualTo(200);
  }

  @Test
  void thisMachineSaysSomething() {
    assertThat(new AvailableMemory(Path.of("/")).bytes()).isBetween(1L << 20, 1L << 50);
  }
}
