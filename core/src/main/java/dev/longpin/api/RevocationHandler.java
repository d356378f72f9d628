package dev.longpin.api;

/**
 * How a holder that opted in is told to let go. Called on a thread of its own, with no lock held,
 * at most once at a time for one pin; every notice goes out before any is awaited. It may be called
 * before {@code pinLongterm} has returned. An operation that gave up takes nothing back: the pin
 * stays TOLD, and the next one that needs the pages tells it again.
 *
 * <p>To return means <em>told</em>, no more. The holder answers through the pin, in the handler or
 * later, from any thread. An exception counts as told and is listed in {@link CacheStats}.
 */
@FunctionalInterface
public interface RevocationHandler {

  /**
   * Tells the holder to stop its device and to {@linkplain LongtermPin#release release} the pin.
   */
  void revoke(LongtermPin pin, Revocation revocation) throws Exception;
}
