package dev.longpin.store;

import dev.longpin.spi.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * What one look at a path shows.
 *
 * @param identity which file it is
 * @param stamp its size and times
 * @param isRegular whether it is a regular file
 */
public record Inode(Store.Identity identity, Store.Stamp stamp, boolean isRegular) {

  private static final String UNIX = "unix:dev,ino,size,lastModifiedTime,ctime,isRegularFile";

  /**
   * Looks at a path; a symbolic link is followed.
   *
   * @throws IOException as {@link Files#readAttributes}
   */
  public static Inode of(Path path) throws IOException {
    if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return basic(path);
    }
    Map<String, Object> all = Files.readAttributes(path, UNIX);
    Store.Identity identity =
        new Store.Identity(number(all, "dev").longValue(), number(all, "ino").longValue());
    Store.Stamp stamp =
        new Store.Stamp(
            number(all, "size").longValue(), nanos(all, "lastModifiedTime"), nanos(all, "ctime"));
    return new Inode(identity, stamp, Boolean.TRUE.equals(all.get("isRegularFile")));
  }

  /** Without inodes: the file's key, else its real path; the change time is not known. */
  private static Inode basic(Path path) throws IOException {
    BasicFileAttributes all = Files.readAttributes(path, BasicFileAttributes.class);
    Object key = all.fileKey();
    Store.Identity identity =
        key != null
            ? new Store.Identity("file key", key)
            : new Store.Identity("path", path.toRealPath());
    long modified = all.lastModifiedTime().to(TimeUnit.NANOSECONDS);
    return new Inode(
        identity, new Store.Stamp(all.size(), modified, modified), all.isRegularFile());
  }

  private static Number number(Map<String, Object> all, String name) {
    return (Number) Objects.requireNonNull(all.get(name), name);
  }

  private static long nanos(Map<String, Object> all, String name) {
    return ((FileTime) Objects.requireNonNull(all.get(name), name)).to(TimeUnit.NANOSECONDS);
  }
}
