package dev.longpin.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.api.StoreException.Kind;
import dev.longpin.spi.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an open leaves behind when it fails. */
class OpeningTest {

  @TempDir private Path dir;
  private Path file;

  @BeforeEach
  void name() {
    file = dir.resolve("f");
  }

  @Test
  void aFailedCreateLeavesNoFile() {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() ->
            Opening.open(
                file,
                OpenMode.CREATE,
                () -> {
                  assertThat(file).exists();
                  throw new IOException("Too many open files");
                }))
        .withMessageContaining("Too many open files");
    assertThat(file).doesNotExist();
    assertThatThrownBy(() ->
            Opening.open(
                file,
                OpenMode.CREATE,
                () -> {
                  throw new OutOfMemoryError();
                }))
        .isInstanceOf(OutOfMemoryError.class);
    assertThat(file).doesNotExist();
  }

  @Test
  void aFailedCreateLeavesAFileThatWasThere() throws Exception {
    Files.createFile(file);
    assertThatThrownBy(() -> fail(new IOException("no"))).isInstanceOf(StoreException.class);
    assertThat(file).exists();
  }

  @Test
  void aFailedCreateLeavesAFileThatAnotherProcessTookOver() {
    StoreException locked = StoreErrors.failed(Kind.LOCKED, "lock", file, "in use", null);
    assertThatThrownBy(() -> fail(locked)).isSameAs(locked);
    assertThat(file).exists();
  }

  @Test
  void aFailedCreateLeavesAFileThatAnotherProcessWroteTo() {
    assertThatThrownBy(() ->
            Opening.open(
                file,
                OpenMode.CREATE,
                () -> {
                  Files.write(file, new byte[] {1});
                  throw new IOException("no");
                }))
        .isInstanceOf(StoreException.class);
    assertThat(file).hasBinaryContent(new byte[] {1});
  }

  @Test
  void anOpenStartsAgainWhenTheFileIsReplaced() throws Exception {
    int[] calls = new int[1];
    try (Store store =
        Opening.open(
            file,
            OpenMode.CREATE,
            () -> {
              calls[0]++;
              if (calls[0] < 3) {
                Files.delete(file);
                return null;
              }
              return FileChannelStore.open(file, OpenMode.WRITE);
            })) {
      assertThat(store.path()).isEqualTo(file);
    }
    assertThat(calls[0]).isEqualTo(3);
  }

  @Test
  void anOpenGivesUpOnAFileThatIsReplacedForever() {
    assertThatThrownBy(() -> Opening.open(file, OpenMode.CREATE, () -> null))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("again and again");
  }

  private void fail(IOException failure) throws StoreException {
    Opening.open(
        file,
        OpenMode.CREATE,
        () -> {
          throw failure;
        });
  }
}
