package dev.longpin.store;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.api.StoreException.Kind;
import dev.longpin.base.Seam;
import dev.longpin.base.Step;
import dev.longpin.spi.Store;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The steps that every store's open has in common.
 *
 * <ol>
 *   <li>Look at what the path names before it is opened: opening a pipe would block.
 *   <li>Make the file if it is missing and the mode says so.
 *   <li>Let the body open it. When the path named another file meanwhile, start again.
 *   <li>If that failed, remove the file that step 2 made, unless someone uses it by now.
 * </ol>
 */
public final class Opening {

  private static final int ATTEMPTS = 100;

  private Opening() {}

  /** Opens a file that exists. */
  @FunctionalInterface
  public interface Body {

    /** Returns the open store, or null if the path changed under it; then nothing is open. */
    @Nullable Store open() throws IOException;
  }

  /**
   * Takes the steps.
   *
   * @throws StoreException if any fails; no file was made
   */
  public static Store open(Path path, OpenMode mode, Body body) throws StoreException {
    try {
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        Seam.step(Step.OUTSIDE, path, 0);
        Store store = attempt(path, mode, body);
        if (store != null) {
          return store;
        }
      }
    } catch (IOException e) {
      throw StoreErrors.failed("open for " + mode, path, e);
    }
    throw StoreErrors.failed(
        Kind.IO, "open for " + mode, path, "it was replaced again and again meanwhile", null);
  }

  private static @Nullable Store attempt(Path path, OpenMode mode, Body body) throws IOException {
    Inode made = null;
    if (!exists(path, mode)) { // 1
      made = make(path, mode); // 2
      if (made == null) {
        return null;
      }
    }
    try {
      return body.open(); // 3
    } catch (NoSuchFileException e) {
      return null; // it was there in step 1 or 2, so someone removed it
    } catch (IOException | RuntimeException | Error e) {
      if (made != null) {
        remove(path, made, e); // 4
      }
      throw e;
    }
  }

  /** Returns the new file, or null if another was faster. */
  private static @Nullable Inode make(Path path, OpenMode mode) throws IOException {
    try {
      Files.createFile(path);
      return Inode.of(path);
    } catch (FileAlreadyExistsException e) {
      if (Files.isSymbolicLink(path) && !Files.exists(path)) {
        throw StoreErrors.failed(
            Kind.NOT_FOUND, "open for " + mode, path, "it is a symbolic link to nothing", e);
      }
      return null;
    }
  }

  private static boolean exists(Path path, OpenMode mode) throws IOException {
    Inode found;
    try {
      found = Inode.of(path);
    } catch (NoSuchFileException e) {
      if (mode == OpenMode.CREATE) {
        return false;
      }
      throw e;
    }
    if (!found.isRegular()) {
      throw StoreErrors.failed(
          Kind.NOT_A_FILE,
          "open for " + mode,
          path,
          Files.isDirectory(path) ? "it is a directory" : "it is a device, a pipe or a socket",
          null);
    }
    return true;
  }

  private static void remove(Path path, Inode made, Throwable failure) {
    if (failure instanceof StoreException store && store.kind() == Kind.LOCKED) {
      return; // another process opened it before us: it is that one's file now
    }
    try {
      Inode now = Inode.of(path);
      if (now.identity().equals(made.identity()) && now.stamp().sizeBytes() == 0) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
