package dev.longpin.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.api.StoreException.Kind;
import dev.longpin.contract.StoreTests;
import dev.longpin.linux.sys.Libc;
import dev.longpin.spi.Store;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Locks against a second process. */
@Timeout(60)
class FileLocksTest {

  @TempDir private Path dir;
  private final LinuxStoreProvider provider = new LinuxStoreProvider();
  private Path file;

  @BeforeEach
  void makeFile() throws Exception {
    StoreTests.skipUnless(provider.isAvailable(), provider.problem());
    file = Files.write(dir.resolve("f"), new byte[10]);
  }

  @Test
  void aWriterKeepsOtherProcessesOut() throws Exception {
    try (OtherProcess other = new OtherProcess()) {
      Store store = provider.open(file, OpenMode.WRITE);
      assertThat(other.open(file, OpenMode.READ)).isEqualTo("LOCKED");
      assertThat(other.open(file, OpenMode.WRITE)).isEqualTo("LOCKED");
      store.close();
      assertThat(other.open(file, OpenMode.WRITE)).isEqualTo("OPEN");
      assertLocked(OpenMode.READ);
      assertLocked(OpenMode.WRITE);
      assertLocked(OpenMode.CREATE);
      assertThat(file).as("someone else's file is left alone").hasSize(10);
    }
    provider.open(file, OpenMode.WRITE).close(); // a process that ends gives up its locks
  }

  @Test
  void readersShareWithReadersOnly() throws Exception {
    try (OtherProcess other = new OtherProcess();
        Store store = provider.open(file, OpenMode.READ)) {
      assertThat(other.open(file, OpenMode.WRITE)).isEqualTo("LOCKED");
      assertThat(other.open(file, OpenMode.READ)).isEqualTo("OPEN");
      assertThat(store.features()).contains(Store.Feature.LOCK);
      other.closeAll();
    }
  }

  @Test
  void closingAnotherDescriptorKeepsTheLock() throws Exception {
    try (OtherProcess other = new OtherProcess();
        Store store = provider.open(file, OpenMode.WRITE)) {
      assertThat(Files.readAllBytes(file)).hasSize(10);
      provider.open(file, OpenMode.WRITE).close();
      Thread.currentThread().interrupt();
      assertThat(store.stamp().sizeBytes()).isEqualTo(10);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(other.open(file, OpenMode.READ)).isEqualTo("LOCKED");
    }
  }

  @Test
  void theLockStaysUntilTheLastStoreOfTheProcessCloses() throws Exception {
    try (OtherProcess other = new OtherProcess()) {
      Store first = provider.open(file, OpenMode.WRITE);
      Store second = provider.open(file, OpenMode.WRITE);
      first.close();
      first.close();
      assertThat(other.open(file, OpenMode.READ)).isEqualTo("LOCKED");
      second.close();
      assertThat(other.open(file, OpenMode.READ)).isEqualTo("OPEN");
    }
  }

  @Test
  void aWriterThatJoinsReadersMakesTheLockExclusiveUntilItLeaves() throws Exception {
    try (OtherProcess other = new OtherProcess()) {
      Store reader = provider.open(file, OpenMode.READ);
      Store writer = provider.open(file, OpenMode.WRITE);
      assertThat(other.open(file, OpenMode.READ)).isEqualTo("LOCKED");
      writer.close();
      assertThat(other.open(file, OpenMode.WRITE)).isEqualTo("LOCKED");
      assertThat(other.open(file, OpenMode.READ)).isEqualTo("OPEN");
      assertLocked(OpenMode.WRITE);
      other.closeAll();
      Store again = provider.open(file, OpenMode.WRITE);
      reader.close();
      assertThat(other.open(file, OpenMode.READ)).isEqualTo("LOCKED");
      again.close();
      assertThat(other.open(file, OpenMode.WRITE)).isEqualTo("OPEN");
    }
  }

  @Test
  void aWriterThatIsRefusedLeavesTheReadersTheirLock() throws Exception {
    try (OtherProcess other = new OtherProcess();
        Store reader = provider.open(file, OpenMode.READ)) {
      assertThat(other.open(file, OpenMode.READ)).isEqualTo("OPEN");
      assertLocked(OpenMode.WRITE);
      other.closeAll();
      assertThat(other.open(file, OpenMode.WRITE)).isEqualTo("LOCKED");
      assertThat(reader.read(MemorySegment.ofArray(new byte[10]), 0)).isEqualTo(10);
    }
  }

  /** An open file description of ours stands for the other process, held between two steps. */
  @Test
  void noWriterComesInWhileAnotherUpgrades() throws Exception {
    Libc libc = Linux.here().libc();
    byte[] name = file.toString().getBytes(UTF_8);
    int upgrading = libc.open(name, Libc.O_RDWR | Libc.O_CLOEXEC);
    Libc.Flock lastByte = new Libc.Flock(Libc.F_WRLCK, Long.MAX_VALUE, 1);
    try {
      assertThat(libc.setLock(upgrading, lastByte)).isZero();
      assertLocked(OpenMode.WRITE);
      try (Store reader = provider.open(file, OpenMode.READ)) {
        assertThat(reader.features()).contains(Store.Feature.LOCK);
        assertLocked(OpenMode.WRITE);
      }
    } finally {
      libc.close(upgrading);
    }
    provider.open(file, OpenMode.WRITE).close();
  }

  @Test
  void aRefusedOpenLeavesNoDescriptorBehind() throws Exception {
    try (OtherProcess other = new OtherProcess()) {
      assertThat(other.open(file, OpenMode.WRITE)).isEqualTo("OPEN");
      assertLocked(OpenMode.READ);
      assertThat(StoreTests.openDescriptors(dir)).isZero();
    }
  }

  private void assertLocked(OpenMode mode) {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> provider.open(file, mode).close())
        .matches(e -> e.kind() == Kind.LOCKED, "is LOCKED")
        .withMessageContaining(file.toString())
        .withMessageContaining("another process");
  }
}
