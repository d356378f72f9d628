package dev.longpin.spi;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import java.nio.file.Path;

/**
 * Opens stores. Found with {@link java.util.ServiceLoader}; the highest {@link #rank} that works
 * wins.
 */
public interface StoreProvider {

  /** Returns the name that {@code stats()} shows. */
  String name();

  /** Returns how much it is to be preferred; the portable one has 0. */
  int rank();

  /** Returns whether it works on this machine. */
  boolean isAvailable();

  /**
   * Opens a regular file and locks it against other processes: shared for reading, alone for
   * writing. Two instances in one process never get in each other's way.
   *
   * @throws StoreException with {@code NOT_FOUND}, {@code NOT_A_FILE}, {@code PERMISSION} or {@code
   *     LOCKED}; nothing is open, and no file was made
   */
  Store open(Path path, OpenMode mode) throws StoreException;

  /**
   * Makes what one cache uses: these stores, and memory that suits them, of which nothing is
   * {@linkplain Memory#populate populated} yet.
   *
   * @throws OutOfMemoryError if there is not so much
   */
  default Engine engine(Reservation reservation) {
    return new PortableEngine(new ArenaMemory(reservation.bytes(), reservation.alignment()), this);
  }

  /**
   * Makes the same with so many bytes of memory, all populated.
   *
   * @throws OutOfMemoryError if there is not so much
   */
  default Engine engine(long bytes, int alignment) {
    Engine made = engine(Reservation.whole(bytes, alignment));
    boolean populated = false;
    try {
      made.memory().populate(0, bytes);
      populated = true;
      return made;
    } finally {
      if (!populated) {
        made.memory().free();
      }
    }
  }
}
