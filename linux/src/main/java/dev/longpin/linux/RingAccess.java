package dev.longpin.linux;

import dev.longpin.linux.sys.Libc;

/**
 * How a ring gets at a file: a descriptor of its own.
 *
 * @param alignment of offsets, lengths and addresses, a power of two
 * @param direct whether data moves past the kernel's page cache
 * @param writable whether the descriptor may write
 */
record RingAccess(Libc libc, int descriptor, int alignment, boolean direct, boolean writable) {

  void close() {
    libc.close(descriptor); // what was written through it was synced through the master, or not
  }
}
