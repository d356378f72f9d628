package dev.longpin.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.api.StoreException.Kind;
import dev.longpin.contract.StoreTests;
import dev.longpin.linux.sys.Downcalls;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.Libc;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Where the Linux store works, and where it says why not. */
class LinuxTest {

  @Test
  void itIsAvailableOnLinux() {
    StoreTests.skipUnless(System.getProperty("os.name").equals("Linux"), "not Linux");
    assertThat(Linux.here().problem()).isEmpty();
    assertThat(new LinuxStoreProvider().isAvailable()).isTrue();
  }

  @Test
  void itSaysWhyItIsNotAvailable() {
    assertThat(Linux.look("Mac OS X", "aarch64", Downcalls::system).problem()).contains("Mac OS X");
    assertThat(Linux.look("Linux", "s390x", Downcalls::system).problem()).contains("s390x");
    assertThat(Linux.look("Linux", "amd64", () -> name -> Optional.empty()).problem())
        .contains("open");
    Linux noLinker =
        Linux.look(
            "Linux",
            "amd64",
            () -> {
              throw new UnsupportedOperationException("no linker");
            });
    assertThat(noLinker.libc()).isNull();
    assertThat(noLinker.problem()).contains("no linker");
  }

  @Test
  void errorsHaveNames() {
    Libc libc = Linux.here().libc();
    StoreTests.skipUnless(libc != null, "not Linux");
    assertThat(libc.ftruncate(-1, 0)).isEqualTo(-Errno.EBADF.number());
    assertThat(Errno.describe(-28)).contains("ENOSPC");
    assertThat(Errno.kind(-122)).isEqualTo(Kind.NO_SPACE);
    assertThat(Errno.describe(-9999)).isEqualTo("errno 9999");
    assertThat(libc.strerror(Errno.ENOSPC)).isNotEmpty();
  }
}
