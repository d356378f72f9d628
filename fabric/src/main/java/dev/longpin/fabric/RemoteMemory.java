package dev.longpin.fabric;

/**
 * Memory of a peer, as that peer has named it.
 *
 * @param address where it begins, as the provider counts
 * @param key the key of its region
 * @param lengthBytes how long it is
 */
public record RemoteMemory(long address, long key, long lengthBytes) {

  /** Checks the length. */
  public RemoteMemory {
    if (lengthBytes < 0) {
      throw new IllegalArgumentException("negative length: " + lengthBytes);
    }
  }

  long at(long offset, long bytes) {
    if (offset < 0 || bytes < 0 || offset > lengthBytes - bytes) {
      throw new IndexOutOfBoundsException(
          "[" + offset + ", " + (offset + bytes) + ") of " + lengthBytes + " remote bytes");
    }
    return address + offset;
  }
}
