package dev.longpin.guest.host;

import dev.longpin.api.CachedFile;
import org.jspecify.annotations.Nullable;

/** Decides which guest may have pages of which file. Called for each pin, from any thread. */
@FunctionalInterface
public interface GuestFiles {

  /**
   * Returns the file that a guest means, if it may have pages of it. A guest gets whole pages, also
   * when it pins a part of one.
   *
   * @param name as the guest says it: any text of 1 to 255 bytes, and no path unless this makes one
   *     of it
   * @param writes whether the guest could change the pages: so for each pin of a guest whose memory
   *     is writable, whatever it asks for
   * @return the file, which stays the caller's; null if it may not
   */
  @Nullable CachedFile find(Peer peer, String name, boolean writes);
}
