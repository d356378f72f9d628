package dev.longpin.api;

/**
 * A short pin: one device access to pages of a file, which ends soon and by itself. Until {@link
 * #close} the pages stay in memory, and in the file unless they are disconnected: by a cut whose
 * caller {@linkplain Unmapping.OnDeadline#DISCONNECT chose} that, or by a {@link
 * CachedFile#close()} that has waited. The end of the pin does not say so; the {@linkplain
 * UnmapResult result} of the cut counts such pins.
 *
 * <p>A pin that writes makes its pages dirty when it ends, if they are still the file's.
 */
public interface Pin extends PinnedMemory, AutoCloseable {

  /** Ends the pin. A second call does nothing. */
  @Override
  void close();
}
