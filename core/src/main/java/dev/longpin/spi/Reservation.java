package dev.longpin.spi;

/**
 * The addresses that a cache wants for its frames, and what of them comes and goes together.
 *
 * @param bytes of addresses
 * @param alignment of them, and of every frame, in bytes
 * @param blockBytes the unit in which memory is populated and given back; the last block has what
 *     is left
 */
public record Reservation(long bytes, int alignment, long blockBytes) {

  /** Returns one that is all populated at once. */
  public static Reservation whole(long bytes, int alignment) {
    return new Reservation(bytes, alignment, bytes);
  }
}
