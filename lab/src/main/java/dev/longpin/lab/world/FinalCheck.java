package dev.longpin.lab.world;

import dev.longpin.api.LongpinException;
import dev.longpin.api.Unmapping;
import dev.longpin.lab.Outcome;
import dev.longpin.lab.world.World.Other;
import dev.longpin.schedule.ScheduleExplorer;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/** The oracles' last word, when every actor of a schedule has ended. */
final class FinalCheck {

  private static final int PATIENCE = 10;

  private final World world;

  FinalCheck(World world) {
    this.world = world;
  }

  /**
   * Looks at the disk after a force, at the other files, and whether anything is kept by nobody.
   *
   * @throws Violation the worst, if there is any
   */
  void run() throws Exception {
    if (!world.isClosed()) {
      world.file().force();
    }
    byte[] durable = world.disk().durableContent();
    for (int page = 0;
        !world.isDeleted() && page * World.PAGE + World.PLACE < durable.length;
        page++) {
      checkPage(page, (char) durable[page * World.PAGE + World.PLACE]);
    }
    world.grips().stream()
        .filter(grip -> !grip.ended)
        .forEach(grip -> Device.checkAlone(world, grip));
    world.disk().violations().forEach(this::brokenOnDisk);
    for (Other other : world.others()) {
      checkOther(other);
    }
    if (world.violations().isEmpty() && world.grips().stream().allMatch(grip -> grip.ended)) {
      checkNothingIsKept();
    }
    Violation worst =
        world.violations().stream().max((a, b) -> a.outcome().compareTo(b.outcome())).orElse(null);
    if (worst != null) {
      throw worst;
    }
  }

  private void checkPage(int page, char onDisk) throws LongpinException {
    if (world.shadow().allows(page, onDisk)) {
      return;
    }
    byte[] one = {(byte) onDisk};
    if (!world.isClosed()) {
      long _ =
          world.file().read(MemorySegment.ofArray(one), (long) page * World.PAGE + World.PLACE);
    }
    char inMemory = (char) one[0];
    String what =
        "page %d has %s on disk after a force, and must have %s"
            .formatted(page, Shadow.name(onDisk), world.shadow().expected(page));
    if (world.shadow().isForeign(page, onDisk)) {
      world.broken(Outcome.REUSED_FRAME, what);
    } else if (inMemory != onDisk && world.shadow().allows(page, inMemory)) {
      world.broken(Outcome.BLOCKS_MISSING, what + ", as memory has");
    } else {
      world.broken(Outcome.LOST_WRITE, what);
    }
  }

  private void brokenOnDisk(String text) {
    Outcome outcome = Outcome.LOST_WRITE;
    if (text.startsWith("I4")) {
      outcome = Outcome.TORN_WRITEBACK;
    } else if (text.startsWith("H19")) {
      outcome = Outcome.STALE_ACCESS;
    } else if (text.startsWith("I7")) {
      outcome = Outcome.BLOCKS_MISSING;
    }
    world.broken(outcome, text);
  }

  private void checkOther(Other other) throws LongpinException {
    byte[] found = new byte[(int) other.file().size()];
    long _ = other.file().read(MemorySegment.ofArray(found), 0);
    for (byte b : found) {
      if (b != (byte) other.letter()) {
        world.broken(
            Outcome.REUSED_FRAME,
            other.file().path() + " has " + Shadow.name((char) b) + " of another file's device");
        return;
      }
    }
  }

  /** Every frame comes back when no device has any. */
  private void checkNothingIsKept() throws Exception {
    if (!world.isClosed()) {
      var _ = world.file().evict(0, Long.MAX_VALUE, Unmapping.within(World.LONG));
    }
    for (Other other : world.others()) {
      var _ = other.file().evict();
    }
    for (int i = 0; i < PATIENCE && world.cache().stats().longtermPinnedPages() != 0; i++) {
      ScheduleExplorer.sleep(Duration.ofSeconds(1)); // a handler is about to let go
    }
    long kept = world.cache().stats().frames() - world.cache().stats().freeFrames();
    long charged = world.cache().stats().longtermPinnedPages();
    if (kept != 0 || charged != 0) {
      world.broken(
          Outcome.OVERFLOW,
          kept + " frames and " + charged + " pages of the limit are in use, by nobody");
    }
  }
}
