package dev.longpin.spi;

import java.util.List;

/**
 * What an engine uses of the machine.
 *
 * @param name such as "io_uring"
 * @param registeredBytes how much of the frames' memory the kernel has pinned for I/O
 * @param hugePageBytes how much of it is in huge pages
 * @param notes what it does without, and why: each a sentence for a person
 */
public record EngineInfo(
    String name, long registeredBytes, long hugePageBytes, List<String> notes) {

  /** Returns that of an engine with nothing special. */
  public static EngineInfo of(String name) {
    return new EngineInfo(name, 0, 0, List.of());
  }
}
