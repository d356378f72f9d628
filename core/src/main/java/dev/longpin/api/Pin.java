package dev.longpin.api;

/**
 * A short pin: one device access to pages of a file, which ends soon and by itself. Until {@link
 * #close} the pages stay in memory and in the file.
 *
 * <p>A pin that writes makes its pages dirty when it ends.
 */
public interface Pin extends PinnedMemory, AutoCloseable {

  /** Ends the pin. A second call does nothing. */
  @Override
  void close();
}
