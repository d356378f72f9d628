package dev.longpin.contract;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A small file system of a test's own.
 *
 * @param path where it is mounted
 */
public record Mount(Path path) implements AutoCloseable {

  /** Mounts a tmpfs; skips the test where that isn't allowed. */
  public static Mount tmpfs(Path path, String options) throws IOException {
    return mount(path, "-t", "tmpfs", "-o", options, "none");
  }

  /** Mounts a file system of any type; skips the test where that isn't allowed. */
  public static Mount mount(Path path, String... arguments) throws IOException {
    StoreTests.skipUnless(StoreTests.isRoot(), "only root may mount");
    Files.createDirectories(path);
    String[] command = new String[arguments.length + 2];
    command[0] = "mount";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    command[command.length - 1] = path.toString();
    StoreTests.skipUnless(run(command), "mount failed: " + String.join(" ", command));
    return new Mount(path);
  }

  /** Makes an ext4 in a file and mounts it; skips the test where that isn't possible. */
  public static Mount ext4(Path image, Path path, long sizeBytes) throws IOException {
    StoreTests.skipUnless(StoreTests.isRoot(), "only root may mount");
    Files.write(image, new byte[(int) sizeBytes]);
    StoreTests.skipUnless(run("mkfs.ext4", "-q", "-m", "0", image.toString()), "no mkfs.ext4");
    return mount(path, "-o", "loop", image.toString());
  }

  /** Makes an xfs in a file with holes and mounts it; skips the test where that isn't possible. */
  public static Mount xfs(Path image, Path path, long sizeBytes) throws IOException {
    StoreTests.skipUnless(StoreTests.isRoot(), "only root may mount");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(sizeBytes);
    }
    StoreTests.skipUnless(run("mkfs.xfs", "-q", image.toString()), "no mkfs.xfs");
    return mount(path, "-o", "loop", image.toString());
  }

  /** Copies a file so that both share its blocks; skips the test where that isn't possible. */
  public static void share(Path from, Path to) {
    StoreTests.skipUnless(
        run("cp", "--reflink=always", from.toString(), to.toString()), "no shared blocks");
  }

  /** Changes the options. */
  public void remount(String options) throws IOException {
    StoreTests.skipUnless(run("mount", "-o", "remount," + options, path.toString()), "no remount");
  }

  @Override
  public void close() throws IOException {
    if (!run("umount", path.toString()) && !run("umount", "-l", path.toString())) {
      throw new IOException("umount of " + path + " failed");
    }
  }

  private static boolean run(String... command) {
    try {
      return new ProcessBuilder(command).inheritIO().start().onExit().join().exitValue() == 0;
    } catch (IOException e) {
      System.out.println(e.getMessage());
      return false;
    }
  }
}
