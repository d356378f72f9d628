package dev.longpin.api;

import java.util.Objects;

/**
 * Who has a pin, in words for a person and as a key for the limit per holder.
 *
 * @param name the user of the device: a client, a connection, a job
 * @param device the device that accesses the memory
 */
public record Holder(String name, String device) {

  /** Checks that both words are there. */
  public Holder {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(device, "device");
  }

  @Override
  public String toString() {
    return name + " (" + device + ")";
  }
}
