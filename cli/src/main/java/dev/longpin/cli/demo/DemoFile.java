package dev.longpin.cli.demo;

import dev.longpin.cli.ledger.Baseline;
import dev.longpin.cli.ledger.Geometry;
import dev.longpin.cli.ledger.RunHeader;
import dev.longpin.sim.Stamp;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The file that a run works on: one that it makes, or a copy beside the file that was given. */
final class DemoFile implements AutoCloseable {

  private static final int CHUNK_BYTES = 1 << 20;

  /** A small file is extended to so much, to have something to work on. */
  private static final long SMALLEST_BYTES = 1 << 20;

  /** The file may grow by one part in so many. */
  private static final int GROWTH_ONE_IN = 16;

  private static final Set<StandardOpenOption> NEW_FILE =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  private static final Set<PosixFilePermission> OWNER_ONLY =
      Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private final Path path;
  private final long sizeBytes;
  private final @Nullable OriginalFile original;

  private DemoFile(Path path, long sizeBytes, @Nullable OriginalFile original) {
    this.path = path;
    this.sizeBytes = sizeBytes;
    this.original = original;
  }

  /** Returns a file to be made in {@code folder}, of a name that no other run has. */
  static DemoFile toBeMade(Path folder, long sizeBytes) throws IOException, EnvironmentException {
    Path path = folder.resolve("longpin-demo-" + ProcessHandle.current().pid() + ".data");
    DemoFile file = new DemoFile(path, sizeBytes, null);
    file.checkPlace();
    return file;
  }

  /** Returns a copy to be made of a file. */
  static DemoFile copyOf(Path given) throws IOException, EnvironmentException {
    if (!Files.exists(given)) {
      throw new EnvironmentException(given + ": no such file");
    }
    if (!Files.isRegularFile(given)) {
      throw new EnvironmentException(given + ": not a regular file");
    }
    if (!Files.isReadable(given)) {
      throw new EnvironmentException(given + ": no permission to read it");
    }
    OriginalFile original = new OriginalFile(given);
    boolean done = false;
    try {
      DemoFile file = new DemoFile(copyBeside(given), original.sizeBytes(), original);
      file.checkPlace();
      done = true;
      return file;
    } finally {
      if (!done) {
        original.close();
      }
    }
  }

  private static Path copyBeside(Path given) {
    return given.resolveSibling(given.getFileName() + ".longpin-demo");
  }

  /** Returns whether {@code path} is a file that was given, its copy, or the copy's log. */
  static boolean isOfRun(Path given, Path path) throws IOException {
    Path copy = copyBeside(given);
    for (Path used : new Path[] {given, copy, logOf(copy)}) {
      if (used.toAbsolutePath().normalize().equals(path.toAbsolutePath().normalize())
          || (Files.exists(used) && Files.exists(path) && Files.isSameFile(used, path))) {
        return true;
      }
    }
    return false;
  }

  /** Returns the log of a working file. */
  static Path logOf(Path file) {
    return file.resolveSibling(file.getFileName() + ".log");
  }

  private void checkPlace() throws IOException, EnvironmentException {
    Path folder = folder();
    if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw new EnvironmentException(folder + ": no permission to make the demo's files there");
    }
    if (Files.exists(path) && !Files.exists(log())) {
      throw new EnvironmentException(path + ": is in the way, and not of an earlier demo; move it");
    }
    long present = Files.exists(path) ? Files.size(path) : 0;
    long usable = Files.getFileStore(folder).getUsableSpace() + present;
    if (usable < sizeBytes) {
      throw new EnvironmentException(
          "%s: no space: the demo needs %,d bytes there, %,d are free"
              .formatted(folder, sizeBytes, usable));
    }
  }

  private Path folder() {
    return Objects.requireNonNull(path.toAbsolutePath().normalize().getParent(), "no root");
  }

  Path path() {
    return path;
  }

  Path log() {
    return logOf(path);
  }

  /** Returns where a device may have a file of its own. */
  Path secondFile() {
    return path.resolveSibling(path.getFileName() + ".device");
  }

  long sizeBytes() {
    return sizeBytes;
  }

  /** Returns the size that a run keeps the file around. */
  long workingBytes() {
    return Math.max(sizeBytes, SMALLEST_BYTES);
  }

  /** Returns how a run divides it. */
  Geometry geometry(int pageSize) {
    long growth = Math.max(SMALLEST_BYTES / GROWTH_ONE_IN, workingBytes() / GROWTH_ONE_IN);
    return Geometry.of(pageSize, workingBytes() + Math.max(growth, pageSize));
  }

  Baseline baseline() {
    return original == null ? Baseline.STAMPED : original;
  }

  /** Returns what the log of a run begins with. */
  RunHeader header(long seed, Geometry geometry) {
    return original == null
        ? new RunHeader(seed, geometry, sizeBytes, "", 0)
        : new RunHeader(
            seed,
            geometry,
            sizeBytes,
            original.path().toAbsolutePath().toString(),
            original.modifiedMillis());
  }

  /**
   * Makes it, in place of one that an earlier run left.
   *
   * @param goOn asked now and then whether to
   */
  void make(Stamp stamp, BooleanSupplier goOn) throws IOException, EnvironmentException {
    Files.deleteIfExists(path);
    try (FileChannel target = FileChannel.open(path, NEW_FILE, forTheOwner())) {
      if (original == null) {
        stamp(target, stamp, goOn);
      } else {
        copy(original.path(), target, goOn);
      }
      target.force(true);
    } catch (FileSystemException e) {
      throw e; // which says what it is about
    } catch (IOException e) {
      throw new IOException(path + " can't be made: " + e.getMessage(), e);
    }
  }

  /** A copy is for nobody who may not read the original. */
  private FileAttribute<?>[] forTheOwner() {
    return original == null || !path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[0]
        : new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)};
  }

  private void stamp(FileChannel target, Stamp stamp, BooleanSupplier goOn)
      throws IOException, EnvironmentException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    for (long offset = 0; offset < sizeBytes; offset += CHUNK_BYTES) {
      checkGoOn(goOn);
      chunk.clear().limit((int) Math.min(CHUNK_BYTES, sizeBytes - offset));
      stamp.fill(MemorySegment.ofBuffer(chunk), offset, 0);
      while (chunk.hasRemaining()) {
        target.write(chunk);
      }
    }
  }

  private void copy(Path from, FileChannel target, BooleanSupplier goOn)
      throws IOException, EnvironmentException {
    try (FileChannel source = FileChannel.open(from)) {
      long offset = 0;
      while (offset < sizeBytes) {
        checkGoOn(goOn);
        long copied = source.transferTo(offset, Math.min(CHUNK_BYTES, sizeBytes - offset), target);
        if (copied <= 0) {
          throw new EnvironmentException(from + ": became shorter while it was copied");
        }
        offset += copied;
      }
    }
  }

  private static void checkGoOn(BooleanSupplier goOn) throws EnvironmentException {
    if (!goOn.getAsBoolean()) {
      throw new EnvironmentException("interrupted");
    }
  }

  /** Checks that what was copied can still be compared with the original. */
  void checkOriginal() throws IOException, EnvironmentException {
    if (original != null && !original.isUnchanged()) {
      throw new EnvironmentException(
          original.path() + ": someone changed it during the run, so nothing can be compared");
    }
  }

  /** Removes it and its log. */
  void delete() throws IOException {
    Files.deleteIfExists(path);
    Files.deleteIfExists(log());
  }

  @Override
  public void close() {
    if (original != null) {
      original.close();
    }
  }
}
