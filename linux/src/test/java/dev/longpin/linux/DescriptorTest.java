package dev.longpin.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.contract.StoreTests;
import org.junit.jupiter.api.Test;

/** When a descriptor's number is given back. */
class DescriptorTest {

  @Test
  void itIsClosedOnlyAfterItsLastUse() {
    Libc libc = Linux.here().libc();
    StoreTests.skipUnless(libc != null, "not Linux");
    int number = libc.memfdCreate("longpin-test");
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
