package dev.longpin.guest;

import dev.longpin.api.UnmapOperation;
import java.time.Duration;

/**
 * Why a guest has to let go of a pin.
 *
 * @param operation what the file needs its pages for
 * @param offset in bytes, of what it needs
 * @param lengthBytes of that
 * @param within how soon, before the memory is taken away: from when the host sent it
 */
public record Notice(UnmapOperation operation, long offset, long lengthBytes, Duration within) {}
