package dev.longpin.store;

import dev.longpin.api.StoreException;
import dev.longpin.api.StoreException.Kind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Turns what the outside world reports into {@link StoreException}s that say the operation, the
 * file, the cause, and what to do.
 */
public final class StoreErrors {

  private StoreErrors() {}

  /**
   * Returns which kind of failure {@code cause} is. Java keeps no errno, so beyond the typed
   * exceptions the system's English texts decide; in another locale they end as {@code IO}.
   */
  public static Kind kind(IOException cause) {
    if (cause instanceof StoreException store) {
      return store.kind();
    }
    if (cause instanceof NoSuchFileException) {
      return Kind.NOT_FOUND;
    }
    if (cause instanceof AccessDeniedException) {
      return Kind.PERMISSION;
    }
    return switch (reason(cause)) {
      case "No space left on device", "Disk quota exceeded" -> Kind.NO_SPACE;
      case "Permission denied", "Operation not permitted", "Read-only file system" ->
          Kind.PERMISSION;
      case "No such file or directory", "Not a directory" -> Kind.NOT_FOUND;
      case "Is a directory" -> Kind.NOT_A_FILE;
      case "File too large" -> Kind.TOO_LARGE;
      case "Operation not supported" -> Kind.UNSUPPORTED;
      default -> Kind.IO;
    };
  }

  /** Returns the system's own words, without the path that Java puts before them. */
  public static String reason(IOException cause) {
    String reason =
        cause instanceof FileSystemException system ? system.getReason() : cause.getMessage();
    return reason != null ? reason : cause.getClass().getSimpleName();
  }

  /**
   * Makes the exception for a failed operation.
   *
   * @param operation with its range
   * @param reason the cause in words, with the errno's name if there is one
   */
  public static StoreException failed(
      Kind kind, String operation, Path path, String reason, @Nullable Throwable cause) {
    return new StoreException(
        kind, operation + " of " + path + " failed: " + reason + "; " + advice(kind), cause);
  }

  /** Makes the exception for a failed operation; one that is typed already is returned as it is. */
  public static StoreException failed(String operation, Path path, IOException cause) {
    if (cause instanceof StoreException store) {
      return store;
    }
    return failed(kind(cause), operation, path, reason(cause), cause);
  }

  private static String advice(Kind kind) {
    return switch (kind) {
      case NO_SPACE -> "free space on its file system or raise the quota, then try again";
      case IO -> "look at the system's log for errors of the device or the file system";
      case PERMISSION ->
          "check the permissions of the file and its directories, and whether the file system is"
              + " mounted read-only; to read only, open it with READ";
      case NOT_FOUND -> "check the path; to make the file, open it with CREATE";
      case NOT_A_FILE -> "give the path of a regular file";
      case LOCKED ->
          "close it in the other process, which lslocks names; readers share a file only with"
              + " readers";
      case UNSUPPORTED -> "use a file system that has the operation";
      case TOO_LARGE ->
          "stay below the file system's largest file size and the process's limit (ulimit -f)";
    };
  }
}
