package dev.longpin.fabric;

import dev.longpin.fabric.lib.FabricCallException;
import dev.longpin.fabric.lib.Registration;
import java.lang.foreign.MemorySegment;

/**
 * Registered memory: the local end of transfers, or what peers name by a key. To close it lets no
 * access begin; one that is in flight may go on ({@link Endpoint#fence}).
 */
public final class Region implements AutoCloseable {

  private final MemorySegment memory;
  private final Registration registration;
  private final boolean namesAddresses;
  private boolean closed;

  Region(MemorySegment memory, Registration registration, boolean namesAddresses) {
    this.memory = memory;
    this.registration = registration;
    this.namesAddresses = namesAddresses;
  }

  /** Returns the memory. */
  public MemorySegment memory() {
    return memory;
  }

  Registration registration() {
    return registration;
  }

  /** Returns what a peer needs to read or write all of it. */
  public RemoteMemory remote() {
    return new RemoteMemory(
        namesAddresses ? memory.address() : 0, registration.key(), memory.byteSize());
  }

  /**
   * Takes it back; a second call does nothing. Call it from one thread.
   *
   * @throws FabricException if the provider refuses; it is registered as before
   */
  @Override
  public void close() throws FabricException {
    if (closed) {
      return;
    }
    try {
      FabricCallException.check("fi_close of a region", registration.close());
      closed = true;
    } catch (FabricCallException e) {
      throw Failures.of(e);
    }
  }
}
