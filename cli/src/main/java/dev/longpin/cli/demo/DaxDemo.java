package dev.longpin.cli.demo;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.Holder;
import dev.longpin.api.LongpinException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.Pin;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.StoreException;
import dev.longpin.api.Unmapping;
import dev.longpin.cache.PageCaches;
import dev.longpin.lab.Unprotected;
import dev.longpin.store.dax.DaxDevice;
import java.io.PrintWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/**
 * Hazard H7, step by step: a device writes to a page that its file gives up and another file takes.
 * On a DAX device that is full, so that there is no other page to take.
 */
final class DaxDemo {

  /** Where there is a tmpfs on every Linux. */
  static final String STAND_IN = "/dev/shm";

  private static final int PAGE = 4096;
  private static final int PAGES = 16;
  private static final Duration DEADLINE = Duration.ofMillis(300);
  private static final Duration HOLD = Duration.ofMillis(200);

  private final Path dir;
  private final boolean unprotected;
  private final PrintWriter out;

  DaxDemo(Path dir, boolean unprotected, PrintWriter out) {
    this.dir = dir;
    this.unprotected = unprotected;
    this.out = out;
  }

  /** Returns the exit code. */
  int call() throws LongpinException, EnvironmentException {
    if (!Files.isWritable(dir)) {
      throw new EnvironmentException(dir + ": no directory to write to; give one on tmpfs");
    }
    try (DaxDevice device = DaxDevice.inDirectory(dir, PAGES, PAGE);
        PageCache cache =
            PageCaches.createDax(
                unprotected ? device.config().withPolicy(new Unprotected()) : device.config(),
                device);
        CachedFile file = cache.open(Path.of("file"), OpenMode.CREATE);
        CachedFile other = cache.open(Path.of("other"), OpenMode.CREATE)) {
      say("longpin demo --dax" + (unprotected ? " --unprotected: pins are ignored" : ""));
      say(PAGES + " pages of " + PAGE + " bytes: " + cache.stats().engine());
      cache.stats().engineNotes().forEach(note -> say("  " + note));
      fill(file, PAGES, 'f');
      say("file has all of them");
      askForLongterm(file);
      return race(device, file, other);
    }
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }

  private static void fill(CachedFile file, int pages, char letter) throws LongpinException {
    byte[] bytes = new byte[pages * PAGE];
    Arrays.fill(bytes, (byte) letter);
    file.write(MemorySegment.ofArray(bytes), 0);
  }

  private void askForLongterm(CachedFile file) throws LongpinException {
    try {
      var _ = file.pinLongterm(0, 1, Access.READ, new Holder("demo", "nic")).release();
      say("a long-term pin is granted");
    } catch (PinRefusedException e) {
      say("a long-term pin is refused: " + e.reason());
    }
  }

  private int race(DaxDevice device, CachedFile file, CachedFile other) throws LongpinException {
    Pin pin = file.pin(0, PAGE, Access.WRITE);
    MemorySegment memory = pin.unsafeSegment(0);
    say("a device has a short pin of page 0 of file, at 0x" + Long.toHexString(memory.address()));
    try {
      file.truncate(0, Unmapping.within(DEADLINE));
      say("truncate of file returned at once, under the device");
    } catch (DeadlineExceededException e) {
      say(
          "truncate of file met its deadline of %d ms: file has %d bytes as before, %d pages free"
              .formatted(DEADLINE.toMillis(), file.size(), device.freePages()));
      tryToTake(other);
    }
    CompletableFuture<Void> deviceEnds = deviceWritesLate(pin, memory);
    long start = System.nanoTime();
    file.truncate(0);
    if (!unprotected) {
      long waited = (System.nanoTime() - start) / 1_000_000;
      say("truncate of file waited " + waited + " ms for the device, and returned");
    }
    fill(other, PAGES, 'o');
    say("other has all pages, that one too, and is all 'o'");
    deviceEnds.join();
    byte[] found = new byte[PAGES * PAGE];
    long _ = other.read(MemorySegment.ofArray(found), 0);
    return judge(found);
  }

  private void tryToTake(CachedFile other) throws LongpinException {
    try {
      fill(other, 1, 'o');
      say("other got a page");
    } catch (StoreException e) {
      say("other wants a page: " + e.kind());
    }
  }

  private CompletableFuture<Void> deviceWritesLate(Pin pin, MemorySegment memory) {
    return CompletableFuture.runAsync(() -> {
      try {
        Thread.sleep(HOLD);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      memory.set(ValueLayout.JAVA_BYTE, 0, (byte) 'd');
      say("the device writes 'd' there, and lets go");
      pin.close();
    });
  }

  private int judge(byte[] found) {
    boolean broken = false;
    for (byte b : found) {
      broken |= b != 'o';
    }
    if (broken) {
      say("H7: other has 'd', which a device of file wrote");
    } else {
      say("H7 held: other has what was written to it");
    }
    return broken ? Outcome.WRONG : unprotected ? Outcome.ENVIRONMENT : Outcome.CLEAN;
  }
}
