package dev.longpin.guest.host;

import dev.longpin.api.Holder;
import dev.longpin.api.PageCache;
import dev.longpin.guest.wire.CutOffReason;

/** What a session needs of its host. */
interface SessionHost {

  PageCache cache();

  GuestFiles files();

  GuestLimits limits();

  /** Returns a name among all holders that no other session has. */
  Holder holder(Peer peer);

  /** A guest got memory. */
  void welcomed();

  /** A guest was told to let go. */
  void noticed();

  /** Something failed that is not the guest's doing, or may not be. */
  void failed(Holder holder, Throwable failure);

  /** The session has ended, and nothing is left of it. */
  void ended(GuestSession session, CutOffReason reason);
}
