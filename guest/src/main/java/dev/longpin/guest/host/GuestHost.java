package dev.longpin.guest.host;

import dev.longpin.api.Holder;
import dev.longpin.api.PageCache;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockRank;
import dev.longpin.base.LongCell;
import dev.longpin.base.Mutex;
import dev.longpin.base.Seam;
import dev.longpin.base.Stat;
import dev.longpin.guest.socket.PacketSocket;
import dev.longpin.guest.wire.CutOffReason;
import dev.longpin.guest.wire.Message;
import dev.longpin.linux.sys.PacketCalls.Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where guests connect: holders in other processes, each with {@linkplain
 * dev.longpin.api.HolderMemory memory} of its own, that takes part in revocation by messages on a
 * Unix socket. {@code docs/GUEST-PROTOCOL.md} has those.
 *
 * <p>What a guest can do, whatever it sends and however late: keep the pages that it pinned until
 * its {@linkplain GuestLimits#answerWithin time} is over, and change those that it may change. Then
 * its memory is taken away; what it does there reaches no file, and what it had reported complete
 * before is in the file.
 *
 * <p>Close it before the cache. Safe for use by several threads.
 */
public final class GuestHost implements AutoCloseable {

  /** How long {@link #close()} waits for the memory of all guests. */
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(10);

  private static final Duration AFTER_AN_ERROR = Duration.ofMillis(20);
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");
  private static final int ERRORS = 16;

  private final PageCache cache;
  private final Path path;
  private final GuestFiles files;
  private final GuestLimits limits;
  private final PacketSocket socket;

  private final SessionHost side = new Side();
  private final EventCount changed = new EventCount();
  private final LongCell number = new LongCell(0);
  private final Stat welcomed = new Stat();
  private final Stat notices = new Stat();

  private final Mutex lock = new Mutex(LockRank.FILES);

  // Under the lock.
  private boolean closed;
  private final List<GuestSession> sessions = new ArrayList<>();
  private final Map<CutOffReason, Long> ended = new EnumMap<>(CutOffReason.class);
  private final ArrayDeque<String> errors = new ArrayDeque<>();

  private GuestHost(
      PageCache cache, Path path, GuestFiles files, GuestLimits limits, PacketSocket socket) {
    this.cache = cache;
    this.path = path;
    this.files = files;
    this.limits = limits;
    this.socket = socket;
  }

  /**
   * Listens for guests.
   *
   * @param cache with memory to lend ({@link dev.longpin.api.CacheConfig#withLendable})
   * @param path of the socket, of 107 bytes at most; nothing may be there
   * @throws IOException if the socket can't be made there
   */
  public static GuestHost open(PageCache cache, Path path, GuestFiles files, GuestLimits limits)
      throws IOException {
    PacketSocket socket = PacketSocket.listen(path, limits.socketMode());
    GuestHost host = new GuestHost(cache, path, files, limits, socket);
    Seam.startDaemon("longpin-guest-host", host::acceptAll);
    return host;
  }

  private void acceptAll() {
    try (socket) {
      while (true) {
        try {
          PacketSocket next = socket.accept();
          if (next == null) {
            return;
          }
          begin(next);
        } catch (IOException e) { // such as too many open files
          if (isClosed()) {
            return;
          }
          failed(String.valueOf(e.getMessage()));
          boolean _ = Waiting.await(changed, () -> false, Deadline.after(AFTER_AN_ERROR));
        }
      }
    }
  }

  private void begin(PacketSocket next) {
    boolean begun = false;
    try {
      Credentials who = next.peer();
      Peer peer = new Peer(who.processId(), who.userId(), who.groupId(), "?");
      Connection connection = new Connection(next);
      GuestSession session = new GuestSession(side, peer, connection);
      CutOffReason refused = tryAdd(session);
      if (refused != null) {
        boolean _ = connection.send(new Message.CutOff(refused, "not now"));
        return;
      }
      session.start();
      Seam.startDaemon("longpin-guest " + peer.processId(), () -> connection.listen(session));
      begun = true;
    } finally {
      if (!begun) {
        next.close();
      }
    }
  }

  private @Nullable CutOffReason tryAdd(GuestSession session) {
    lock.lock();
    try {
      if (closed) {
        return CutOffReason.CLOSING;
      }
      if (sessions.size() >= limits.maxGuests()) {
        return CutOffReason.TOO_MANY_GUESTS;
      }
      sessions.add(session);
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** What the sessions see of it. */
  private final class Side implements SessionHost {
    @Override
    public PageCache cache() {
      return cache;
    }

    @Override
    public GuestFiles files() {
      return files;
    }

    @Override
    public GuestLimits limits() {
      return limits;
    }

    @Override
    public Holder holder(Peer peer) {
      String name = CONTROL.matcher(peer.name()).replaceAll("?");
      return new Holder(
          "guest " + number.add(1) + ": " + name + ", process " + peer.processId(), "guest");
    }

    @Override
    public void welcomed() {
      welcomed.increment();
    }

    @Override
    public void noticed() {
      notices.increment();
    }

    @Override
    public void failed(Holder holder, Throwable failure) {
      GuestHost.this.failed(holder + ": " + failure);
    }

    @Override
    public void ended(GuestSession session, CutOffReason reason) {
      lock.lock();
      try {
        sessions.remove(session);
        ended.merge(reason, 1L, Long::sum);
      } finally {
        lock.unlock();
      }
      changed.signalAll();
    }
  }

  private void failed(String what) {
    lock.lock();
    try {
      if (errors.size() == ERRORS) {
        errors.removeFirst();
      }
      errors.addLast(what);
    } finally {
      lock.unlock();
    }
  }

  /** Returns the guests that there are now, those included whose memory is being taken away. */
  public List<GuestInfo> guests() {
    return sessions().stream().map(GuestSession::info).toList();
  }

  private List<GuestSession> sessions() {
    lock.lock();
    try {
      return List.copyOf(sessions);
    } finally {
      lock.unlock();
    }
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Returns what happened so far. */
  public GuestStats stats() {
    lock.lock();
    try {
      return new GuestStats(welcomed.get(), notices.get(), ended, List.copyOf(errors));
    } finally {
      lock.unlock();
    }
  }

  /** Returns where guests connect. */
  public Path path() {
    return path;
  }

  /**
   * Takes no guest any more, cuts off those that there are, and waits until their memory is back. A
   * second call waits again.
   *
   * @return false if the deadline passed first: it goes on by itself, and the cache must not be
   *     closed before {@link #guests} is empty
   * @throws IOException if the socket's file can't be removed; everything else is done
   */
  public boolean close(Duration wait) throws IOException {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    changed.signalAll();
    socket.hangUp();
    for (GuestSession session : sessions()) {
      session.end(CutOffReason.CLOSING, "the host closes");
    }
    boolean done = Waiting.await(changed, () -> sessions().isEmpty(), Deadline.after(wait));
    Files.deleteIfExists(path);
    return done;
  }

  /**
   * Closes it within ten seconds.
   *
   * @throws IllegalStateException if the memory of a guest could not be had back by then
   */
  @Override
  public void close() throws IOException {
    if (!close(CLOSE_WAIT)) {
      throw new IllegalStateException(
          "guests whose memory could not be taken away: " + guests() + "; " + stats().errors());
    }
  }
}
