package dev.longpin.api;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * One long-term pin as {@link PageCache#holders()} and the exceptions show it.
 *
 * @param holder who has it
 * @param file the file it pins
 * @param offset the first pinned byte
 * @param lengthBytes the length of the pinned range
 * @param pageCount how many pages that makes
 * @param access what the device does
 * @param age how long it has been held
 * @param revocable whether the holder opted in to being told to let go
 * @param state where it stands
 * @param disconnected whether pages of it were disconnected from the file: the memory is the
 *     device's until it answers
 * @param takenAt the call stack that took it, innermost call first
 */
public record HolderInfo(
    Holder holder,
    Path file,
    long offset,
    long lengthBytes,
    int pageCount,
    Access access,
    Duration age,
    boolean revocable,
    PinState state,
    boolean disconnected,
    List<StackTraceElement> takenAt) {

  @Override
  public String toString() {
    return holder
        + " holds "
        + pageCount
        + (pageCount == 1 ? " page [" : " pages [")
        + offset
        + ", "
        + (offset + lengthBytes)
        + ") of "
        + file
        + " for "
        + access
        + " since "
        + age.toMillis()
        + " ms, "
        + (revocable ? "revocable, " : "not revocable, ")
        + state
        + (disconnected ? ", disconnected" : "")
        + (takenAt.isEmpty() ? "" : ", taken at " + takenAt.getFirst());
  }
}
