package dev.longpin.guest.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Holder;
import dev.longpin.api.LongpinException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.Seam;
import dev.longpin.base.Step;
import dev.longpin.cache.PageCaches;
import dev.longpin.guest.wire.CutOffReason;
import dev.longpin.guest.wire.Message;
import dev.longpin.mm.BlockMemory;
import dev.longpin.schedule.MemoryFile;
import dev.longpin.schedule.MemoryStores;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.spi.Reservation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A host's session under the scheduler: a cache of 16 frames and as many to lend, with a file of
 * two pages, A and B; a line whose other end an actor has; and the memory as that actor sees it.
 */
final class GuestScene implements SessionHost, Line {

  static final int PAGE = 4096;
  static final int FRAMES = 16;
  static final Duration LONG = Duration.ofHours(1);
  static final Duration ANSWER = Duration.ofSeconds(1);

  /** How many schedules a scenario is run under: more for a long run. */
  private static final int SCALE = Integer.getInteger("longpin.schedules.scale", 1);

  /** Where in the region the memory of guests begins: all of it is lent to one. */
  private static final long LENT = (long) FRAMES * PAGE;

  private static final MemorySegment REGION = Arena.ofAuto().allocate(4L * FRAMES * PAGE, 4 * PAGE);

  final MemoryFile disk;
  final PageCache cache;
  final CachedFile file;
  final GuestSession session;

  private final EventCount sent = new EventCount();
  private final ArrayDeque<Message.OfHost> inbox = new ArrayDeque<>();
  private boolean hungUp;
  private BlockMemory memory;
  private int holders;
  private int lastTag;

  /** The tags that have had their answer, and the keys that the guest knows. */
  private final Set<Integer> answered = new HashSet<>();

  private final Set<Integer> known = new HashSet<>();

  final List<CutOffReason> ends = new ArrayList<>();
  final List<Throwable> failures = new ArrayList<>();

  /** The latest letter that the guest was told is in the file, at the start of page 0. */
  char complete = 'A';

  /** The latest that it wrote while it could. */
  char written = 'A';

  @Nullable List<Integer> pages;
  int key;
  int notices;
  boolean flag;

  GuestScene() throws LongpinException {
    MemoryStores stores = new MemoryStores();
    byte[] content = new byte[2 * PAGE];
    Arrays.fill(content, 0, PAGE, (byte) 'A');
    Arrays.fill(content, PAGE, 2 * PAGE, (byte) 'B');
    disk = stores.create(Path.of("file"), content);
    CacheConfig config =
        CacheConfig.ofSize((long) FRAMES * PAGE, PAGE)
            .withLendable((long) FRAMES * PAGE)
            .withBackgroundWriteback(false, ANSWER)
            .withReadahead(0)
            .withDeadline(LONG)
            .withLongtermLimits(FRAMES, FRAMES)
            .withDirtyLimits(FRAMES, FRAMES);
    cache = PageCaches.create(config, stores, this::memory);
    file = cache.open(Path.of("file"), OpenMode.WRITE);
    assertEquals(2 * PAGE, file.read(MemorySegment.ofArray(content), 0));
    session = new GuestSession(this, new Peer(1, 2, 3, "?"), this);
    session.start();
  }

  /** Runs a scenario under thousands of schedules, first systematically and then at random. */
  static void explore(ScheduleExplorer<?> scenario) {
    scenario.exhaustive(2_000 * SCALE);
    scenario.random(2_000 * SCALE);
  }

  private BlockMemory memory(Reservation wanted) {
    memory = new BlockMemory(REGION.asSlice(0, wanted.bytes()), wanted.blockBytes());
    return memory;
  }

  private boolean isLent() {
    return memory.isPopulated(LENT);
  }

  // The guest's end

  /** The guest writes to its memory: to that of a frame, or if it was taken away to no file's. */
  void write(int page, char letter) {
    Seam.step(Step.OUTSIDE, "DMA", page);
    if (isLent()) {
      REGION.set(ValueLayout.JAVA_BYTE, LENT + (long) page * PAGE, (byte) letter);
    }
  }

  /** Sends a message; returns false if nobody listens any more. */
  boolean send(Message.OfGuest message) {
    return session.received(message);
  }

  int tag() {
    return ++lastTag;
  }

  /** Returns the next message, or null if there is none any more. */
  Message.@Nullable OfHost receive() throws InterruptedException {
    while (true) {
      int ticket = sent.ticket();
      if (!inbox.isEmpty()) {
        return inbox.remove();
      }
      if (hungUp) {
        return null;
      }
      boolean _ = sent.await(ticket, Deadline.after(LONG)); // the clock may jump
    }
  }

  /** Waits for the answer to a tag; null if the line was cut. Notices are left for later. */
  Message.@Nullable OfHost answer(int tag) throws InterruptedException {
    List<Message.OfHost> notices = new ArrayList<>();
    Message.OfHost next = receive();
    while (next != null && next.tag() != tag) {
      notices.add(next);
      next = receive();
    }
    notices.reversed().forEach(inbox::addFirst);
    return next;
  }

  /** Says hello, and pins both pages; false if that could not be. */
  boolean open() throws InterruptedException {
    send(new Message.Hello(tag(), (long) FRAMES * PAGE, true, "guest"));
    if (answer(lastTag) == null) {
      return false;
    }
    return pin();
  }

  boolean pin() throws InterruptedException {
    send(new Message.Pin(tag(), 0, 2 * PAGE, Access.WRITE, "file"));
    if (answer(lastTag) instanceof Message.Pinned pinned) {
      pages = pinned.pages();
      key = pinned.key();
      return true;
    }
    return false;
  }

  /** Writes a letter to page 0, and reports it. */
  void writeAndComplete(char letter) throws InterruptedException {
    written = letter;
    write(pages.getFirst(), letter);
    send(new Message.Complete(tag(), key, 0, 1));
    if (answer(lastTag) instanceof Message.Done done && done.inFile()) {
      complete = letter;
    }
  }

  /** Waits for a notice; false if the line was cut. */
  boolean awaitNotice() throws InterruptedException {
    Message.OfHost next = receive();
    while (next != null && !(next instanceof Message.LetGo)) {
      next = receive();
    }
    return next != null;
  }

  // The host's end

  @Override
  public boolean send(Message.OfHost message) {
    Seam.step(Step.OUTSIDE, "socket", message.tag());
    if (hungUp) {
      return true;
    }
    switch (message) {
      case Message.LetGo notice ->
          assertTrue(known.contains(notice.key()), "a notice of a pin that nobody knows");
      case Message.Pinned pinned -> known.add(pinned.key());
      default -> {}
    }
    if (message.tag() != 0) {
      assertTrue(answered.add(message.tag()), () -> "answered twice: " + message);
    }
    inbox.add(message);
    sent.signalAll();
    return true;
  }

  @Override
  public boolean welcome(Message.Welcome message, int descriptor, boolean writable) {
    return send(message);
  }

  @Override
  public void hangUp() {
    hungUp = true;
    sent.signalAll();
  }

  @Override
  public PageCache cache() {
    return cache;
  }

  @Override
  public GuestFiles files() {
    return (_, _, _) -> file;
  }

  @Override
  public GuestLimits limits() {
    return GuestLimits.DEFAULT.withTimes(ANSWER, LONG);
  }

  @Override
  public Holder holder(Peer peer) {
    return new Holder(peer.name() + " " + holders++, "guest");
  }

  @Override
  public void welcomed() {
    // It can be seen elsewhere.
  }

  @Override
  public void noticed() {
    notices++;
  }

  @Override
  public void failed(Holder holder, Throwable failure) {
    failures.add(failure);
  }

  @Override
  public void ended(GuestSession ended, CutOffReason reason) {
    ends.add(reason);
    sent.signalAll();
  }

  // Checks

  char letter(long offset) throws LongpinException {
    byte[] one = new byte[1];
    assertEquals(1, file.read(MemorySegment.ofArray(one), offset));
    return (char) one[0];
  }

  /** Ends the session if nobody has, and checks that nothing is left of it and of its pins. */
  void checkEnd() throws Exception {
    session.end(CutOffReason.CLOSING, "the test ends");
    int ticket = sent.ticket();
    while (ends.isEmpty()) {
      boolean _ = sent.await(ticket, Deadline.after(LONG));
      ticket = sent.ticket();
    }
    assertFalse(isLent());
    assertEquals(1, ends.size());
    assertEquals(List.of(), failures);
    assertEquals(List.of(), cache.holders());
    assertEquals(0, cache.stats().longtermPinnedPages());
    try (var again = cache.lend(new Holder("all", "test"), (long) FRAMES * PAGE)) {
      assertNotNull(again);
    }
    file.force();
    assertEquals(letter(0), (char) disk.durableContent()[0]);
    char now = letter(0);
    assertTrue(now == complete || now == written, () -> now + ", and not " + complete);
    file.evict();
    assertEquals(0, cache.stats().disconnectedFrames());
    assertEquals(List.of(), disk.violations());
  }
}
