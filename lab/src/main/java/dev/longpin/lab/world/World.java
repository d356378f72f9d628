package dev.longpin.lab.world;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.LongpinException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.Pin;
import dev.longpin.api.ResizeResult;
import dev.longpin.api.SelfDeadlockException;
import dev.longpin.api.UnmapRefusedException;
import dev.longpin.api.UnmapResult;
import dev.longpin.api.Unmapping;
import dev.longpin.base.Seam;
import dev.longpin.base.Step;
import dev.longpin.cache.PageCaches;
import dev.longpin.lab.Cell.Moment;
import dev.longpin.lab.Column;
import dev.longpin.lab.Outcome;
import dev.longpin.lab.world.Shadow.Change;
import dev.longpin.schedule.MemoryFile;
import dev.longpin.schedule.MemoryStores;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What the actors of one schedule share: a cache of {@value #FRAMES} frames on a disk in memory,
 * with a file whose page {@code i} is full of {@code 'A' + i}, all of it cached; and what watches
 * them without asking the code under test. One byte of each page is watched.
 */
public final class World {

  /** Bytes a page. */
  public static final int PAGE = 4096;

  /** Pages of memory. */
  public static final int FRAMES = 16;

  /** A deadline that is never meant to pass. */
  public static final Duration LONG = Duration.ofHours(1);

  /** Where in a page the byte is that is watched. */
  static final int PLACE = 3;

  /** The calls by which the store loses a range. */
  private static final Set<String> CUTS = Set.of("TRUNCATE", "PUNCH_HOLE", "DELETE");

  private static final Path FILE = Path.of("file");

  private final Column column;
  private final MemorySegment region;
  private final MemoryStores stores = new MemoryStores();
  private final MemoryFile disk;
  private final PageCache cache;
  private final CachedFile file;
  private final Shadow shadow = new Shadow();
  private final List<Other> others = new ArrayList<>();
  private final List<Grip> grips = new ArrayList<>();
  private final List<Moment> log = new ArrayList<>();
  private final List<Violation> violations = new ArrayList<>();
  private final Set<Outcome> seen = EnumSet.noneOf(Outcome.class);
  private final int[] frameOfPage;
  private final int frames;
  private char nextLetter = 'a';
  private long steps;
  private long cutAt;
  private boolean closed;

  /** Whether the file may be closed by now, so that nobody can ask it. */
  private boolean closing;

  private boolean deleted;

  /** A file that nobody writes. */
  record Other(CachedFile file, MemoryFile disk, char letter) {}

  private World(
      Column column, MemorySegment region, int sizeBytes, int limitPages, boolean resizable)
      throws LongpinException {
    this.column = column;
    this.region = region.fill((byte) 0);
    int pages = (sizeBytes + PAGE - 1) / PAGE;
    byte[] content = new byte[sizeBytes];
    for (int i = 0; i < sizeBytes; i++) {
      content[i] = (byte) ('A' + i / PAGE);
    }
    disk = stores.create(FILE, content);
    for (int page = 0; page < pages; page++) {
      boolean inFile = page * PAGE + PLACE < sizeBytes;
      shadow.initially(page, inFile ? (char) ('A' + page) : '\0');
    }
    long memoryBytes = (long) FRAMES * PAGE;
    frames = resizable ? 2 * FRAMES : FRAMES;
    CacheConfig config =
        CacheConfig.ofSize((long) frames * PAGE, PAGE)
            .withCapacityRange(memoryBytes, (long) frames * PAGE)
            .withPolicy(Objects.requireNonNull(column.policy(), "a column without a cache"))
            .withBackgroundWriteback(false, Duration.ofSeconds(1))
            .withReadahead(0)
            .withDeadline(LONG)
            .withLongtermLimits(limitPages, limitPages)
            .withDirtyLimits(FRAMES, FRAMES);
    cache = PageCaches.create(config, stores, wanted -> RegionMemory.of(region, wanted));
    file = cache.open(FILE, OpenMode.WRITE);
    frameOfPage = new int[pages];
    for (int page = 0; page < pages; page++) {
      try (Pin pin = file.pin((long) page * PAGE, 1, Access.READ)) {
        frameOfPage[page] = frameAt(pin.unsafeSegment(0));
      }
    }
  }

  /** Returns the memory that worlds need, one after the other. */
  public static long memoryBytes() {
    return 4L * FRAMES * PAGE;
  }

  /**
   * Makes one.
   *
   * @param sizeBytes of the file
   * @param limitPages how many pages may be pinned long-term
   * @param resizable whether there is as much memory again that can be given back
   */
  public static World of(
      Column column, MemorySegment region, int sizeBytes, int limitPages, boolean resizable)
      throws LongpinException {
    return new World(column, region, sizeBytes, limitPages, resizable);
  }

  /** Returns how many frames there can be. */
  int frames() {
    return frames;
  }

  /** Returns the memory of a frame, as a device sees it. */
  MemorySegment frame(int frame) {
    return region.asSlice((long) frame * PAGE, PAGE);
  }

  int frameAt(MemorySegment memory) {
    return (int) ((memory.address() - region.address()) / PAGE);
  }

  /** Returns the frame that a byte of the file was in at first; -1 if it had none. */
  int frameAt(long offset) {
    long page = offset / PAGE;
    return page >= 0 && page < frameOfPage.length ? frameOfPage[(int) page] : -1;
  }

  /** Returns which column it is. */
  public Column column() {
    return column;
  }

  /** Returns the cache. */
  public PageCache cache() {
    return cache;
  }

  /** Returns the file. */
  public CachedFile file() {
    return file;
  }

  /** Returns its disk. */
  public MemoryFile disk() {
    return disk;
  }

  Shadow shadow() {
    return shadow;
  }

  char nextLetter() {
    return nextLetter++;
  }

  void add(Grip grip) {
    grip.takenAt = steps;
    grips.add(grip);
  }

  /** Sees every step of the trace. */
  public void step(Step step, Object target) {
    steps++;
    if (step == Step.OUTSIDE && target instanceof String call && CUTS.contains(call)) {
      cutAt = steps;
    }
  }

  /** A device has read a page. */
  void checkRead(long page, char letter) {
    note("reads '" + letter + "' of page " + page);
    if (!shadow.allows(page, letter)) {
      broken(
          shadow.isForeign(page, letter) ? Outcome.REUSED_FRAME : Outcome.STALE_ACCESS,
          "a device reads %s of page %d, which must be %s"
              .formatted(Shadow.name(letter), page, shadow.expected(page)));
    }
  }

  /** Makes a device. */
  public Device device(String name) {
    return column == Column.NOTIFIER ? new OdpDevice(this, name) : new PinDevice(this, name);
  }

  /** Notes what the calling actor does, for the timeline. */
  public void note(String what) {
    log.add(new Moment(Thread.currentThread().getName(), what));
  }

  /** Notes what came of an operation. */
  public void saw(Outcome outcome) {
    seen.add(outcome);
    note("-> " + outcome.label());
  }

  /** Notes that an oracle saw a guarantee broken; the schedule goes on. */
  public void broken(Outcome outcome, String what) {
    note("! " + what);
    violations.add(new Violation(outcome, what, log));
  }

  /** Returns the worst that was seen. */
  public Outcome worst() {
    return seen.stream().max(Outcome::compareTo).orElse(Outcome.OK);
  }

  // Operations

  /** Something that takes pages away. */
  @FunctionalInterface
  public interface Unmapper {
    /** Runs it. */
    UnmapResult run() throws Exception;
  }

  /** Cuts the file to so many pages; returns whether it was. */
  public boolean truncate(int pages, Unmapping how) throws Exception {
    return unmap(
        "truncate to " + pages + (pages == 1 ? " page" : " pages"),
        pages,
        frameOfPage.length,
        true,
        () -> file.truncate((long) pages * PAGE, how));
  }

  /** Makes a page a hole; returns whether it is one. */
  public boolean punch(int page, Unmapping how) throws Exception {
    return unmap(
        "punch of page " + page,
        page,
        page + 1,
        true,
        () -> file.punchHole((long) page * PAGE, PAGE, how));
  }

  /** Drops pages from memory. */
  public boolean evict(Unmapping how) throws Exception {
    return unmap("evict", 0, frameOfPage.length, false, () -> file.evict(0, Long.MAX_VALUE, how));
  }

  /** Deletes the file. */
  public boolean delete(Unmapping how) throws Exception {
    closing = true;
    boolean done = unmap("delete", 0, frameOfPage.length, true, () -> file.delete(how));
    closing = done;
    closed |= done;
    deleted |= done;
    return done;
  }

  /** Closes the file for good: whoever has not let go by then is disconnected. */
  public void close() throws Exception {
    closing = true;
    boolean _ =
        unmap(
            "close",
            0,
            frameOfPage.length,
            false,
            () -> {
              file.close();
              closed = true;
              return UnmapResult.NONE;
            });
  }

  /** Makes the cache give memory back, or take it again. */
  public void resize(boolean smaller) throws LongpinException {
    note(smaller ? "shrink begins" : "grow begins");
    ResizeResult result = cache.resize((long) (smaller ? FRAMES : frames) * PAGE, LONG);
    note("has " + result.capacityBytes() / PAGE + " frames");
    saw(result.isComplete() ? Outcome.OK : Outcome.GAVE_UP);
  }

  /** Makes the file longer again. */
  public void extend(int pages) throws LongpinException {
    List<Change> zeros = new ArrayList<>();
    for (int page = 0; page < pages; page++) {
      if (!isInFile(page)) {
        zeros.add(shadow.begin(page, '\0'));
      }
    }
    note("extends to " + pages + " pages");
    file.truncate((long) pages * PAGE);
    zeros.forEach(zero -> shadow.end(zero, true));
  }

  /** Returns whether the byte of a page that is watched is in the file now. */
  boolean isInFile(long page) {
    return !closing && page * PAGE + PLACE < file.size();
  }

  /** Returns whether the file is being closed: whose holder has an answer needs no other. */
  boolean isClosing() {
    return closing;
  }

  /** Writes a letter to a page by the CPU. */
  public void write(int page) throws LongpinException {
    char letter = nextLetter();
    Change change = shadow.begin(page, letter);
    note("writes '" + letter + "' to page " + page);
    file.write(MemorySegment.ofArray(new byte[] {(byte) letter}), (long) page * PAGE + PLACE);
    shadow.end(change, true);
  }

  /** Cleans the file's pages; what that promises is another matter. */
  public void clean() throws LongpinException {
    note("cleans the file");
    file.force();
  }

  /** Forces the file, and looks whether what was complete before is on disk. */
  public void force() throws LongpinException {
    int began = shadow.now();
    note("force begins");
    file.force();
    note("force ends");
    byte[] durable = disk.durableContent();
    for (int page = 0; page * PAGE + PLACE < durable.length; page++) {
      char found = (char) durable[page * PAGE + PLACE];
      if (!shadow.allowsAfter(page, found, began)) {
        broken(
            Outcome.LOST_WRITE,
            "page %d has %s on disk after a force, and a later change was complete before it"
                .formatted(page, Shadow.name(found)));
      }
    }
  }

  /** Takes pages away, and sees what came of it and whom it should have waited for. */
  public boolean unmap(String what, int first, int end, boolean cuts, Unmapper unmapper)
      throws Exception {
    List<Grip> held = live(first, end);
    List<Change> zeros = new ArrayList<>();
    for (int page = first; cuts && page < end; page++) {
      zeros.add(shadow.begin(page, '\0'));
    }
    note(what + " begins");
    long start = Seam.nanoTime();
    boolean done = false;
    try {
      UnmapResult result = unmapper.run();
      done = true;
      note(what + " returns");
      List<Grip> left =
          cuts
              ? live(first, end).stream().filter(grip -> grip.takenAt < cutAt).toList()
              : held.stream().filter(grip -> !grip.ended).toList();
      returned(what, result, held, left);
      return true;
    } catch (UnmapRefusedException e) {
      saw(column == Column.GIVE_UP ? Outcome.GAVE_UP : Outcome.REFUSED);
    } catch (SelfDeadlockException e) {
      saw(Outcome.REFUSED);
    } catch (DeadlineExceededException e) {
      saw(Outcome.TIMED_OUT);
    } finally {
      if (Seam.nanoTime() - start >= LONG.dividedBy(2).toNanos()) {
        broken(Outcome.HANG, what + " waited for something that had come, or never will");
      }
      for (Change zero : zeros) {
        if (done) {
          shadow.end(zero, true);
        } else {
          shadow.undo(zero);
        }
      }
    }
    return false;
  }

  private void returned(String what, UnmapResult result, List<Grip> held, List<Grip> left) {
    boolean disconnects =
        closed || !result.disconnected().isEmpty() || result.disconnectedShortPins() > 0;
    for (Grip grip : left) {
      if (disconnects) {
        grip.disconnected = true;
      } else {
        grip.goneBy = what;
      }
    }
    if (disconnects && !left.isEmpty()) {
      saw(Outcome.DISCONNECTED);
    } else if (result.revoked() > 0) {
      saw(Outcome.REVOKED);
    } else {
      saw(held.isEmpty() || !left.isEmpty() ? Outcome.OK : Outcome.WAITED);
    }
  }

  private List<Grip> live(int first, int end) {
    return grips.stream()
        .filter(grip -> !grip.ended && grip.page >= first && grip.page < end)
        .toList();
  }

  // Other files

  /** Opens another file, full of a letter, whose pages want frames. */
  public CachedFile openOther(String name, int pages, char letter) throws LongpinException {
    byte[] content = new byte[pages * PAGE];
    Arrays.fill(content, (byte) letter);
    MemoryFile otherDisk = stores.create(Path.of(name), content);
    CachedFile other = cache.open(Path.of(name), OpenMode.WRITE);
    others.add(new Other(other, otherDisk, letter));
    return other;
  }

  /** Reads one byte of each page of a file, so that they come into memory. */
  public void readAll(CachedFile other) throws LongpinException {
    note("reads " + other.path() + ", which needs frames");
    MemorySegment one = MemorySegment.ofArray(new byte[1]);
    for (long offset = PLACE; offset < other.size(); offset += PAGE) {
      long _ = other.read(one, offset);
    }
  }

  // What the oracles look at

  /**
   * Checks what is left when every actor has ended.
   *
   * @throws Violation the worst, if there is any
   */
  public void check() throws Exception {
    new FinalCheck(this).run();
  }

  List<Other> others() {
    return others;
  }

  List<Grip> grips() {
    return grips;
  }

  List<Violation> violations() {
    return violations;
  }

  boolean isClosed() {
    return closed;
  }

  boolean isDeleted() {
    return deleted;
  }
}
