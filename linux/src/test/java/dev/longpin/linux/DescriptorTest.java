package dev.longpin.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.contract.StoreTests;
import dev.longpin.linux.sys.Descriptor;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.Libc;
import dev.longpin.linux.sys.MemoryCalls;
import org.junit.jupiter.api.Test;

/** When a descriptor's number is given back. */
class DescriptorTest {

  @Test
  void itIsClosedOnlyAfterItsLastUse() {
    Libc libc = Linux.here().libc();
    StoreTests.skipUnless(libc != null, "not Linux");
    int number = Linux.here().calls().memory().memfdCreate("longpin-test", MemoryCalls.MFD_CLOEXEC);
    Descriptor descriptor = new Descriptor(libc, number);
    long size =
        descriptor.use(fd -> {
          descriptor.close();
          descriptor.close();
          assertThatThrownBy(() -> descriptor.use(other -> 0))
              .isInstanceOf(IllegalStateException.class);
          return libc.ftruncate(fd, 10);
        });
    assertThat(size).as("the number was still ours").isZero();
    assertThat(libc.ftruncate(number, 10)).isEqualTo(-Errno.EBADF.number());
    assertThatThrownBy(() -> descriptor.use(fd -> 0)).isInstanceOf(IllegalStateException.class);
  }
}
