package dev.longpin.cli.guest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.longpin.api.Access;
import dev.longpin.guest.Guest;
import dev.longpin.guest.GuestException;
import dev.longpin.guest.GuestHandler;
import dev.longpin.guest.GuestPin;
import dev.longpin.guest.Notice;
import dev.longpin.guest.wire.Refusal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A guest that does what {@code docs/guest.py} does: pins a range, fills it with a letter, reports
 * that, says so on standard output, waits until it is told to let go, and begins again with the
 * next letter. It goes on writing the letter for as long as it has the pin; and after it was cut
 * off it connects again. A line on standard input makes it write and report the next letter
 * although nobody told it anything.
 */
public final class GuestProgram {

  static final int SLOW_MILLIS = 20;

  private static final long PAUSE_NANOS = 50_000;
  private static final long MEMORY_BYTES = 1 << 16;
  private static final Set<Refusal> FOR_NOW = Set.of(Refusal.BUSY, Refusal.RANGE);

  private final GuestKind kind;
  private final String file;
  private final int lengthBytes;

  private char letter = 'a';
  private volatile @Nullable GuestPin held;
  private volatile byte writing;

  private GuestProgram(GuestKind kind, String file, int lengthBytes) {
    this.kind = kind;
    this.file = file;
    this.lengthBytes = lengthBytes;
  }

  /** Arguments: the kind, the socket, the file and the length, from its start. */
  public static void main(String[] args) throws Exception {
    GuestProgram program =
        new GuestProgram(GuestKind.valueOf(args[0]), args[2], Integer.parseInt(args[3]));
    Thread.ofPlatform().daemon().start(program::writeOn);
    Thread.ofPlatform().daemon().start(program::listen);
    while (true) {
      program.beConnected(Path.of(args[1]));
    }
  }

  private void beConnected(Path socket) throws Exception {
    Told told = new Told();
    try (Guest guest = Guest.connect(socket, kind.name(), MEMORY_BYTES, true, told)) {
      while (true) {
        GuestPin pin = pin(guest);
        synchronized (this) {
          held = pin;
          write(pin);
        }
        Optional<GuestPin> toGo = told.queue.take();
        if (toGo.isEmpty()) {
          System.out.println("cut off");
          break;
        }
        letGo(toGo.get());
      }
    } catch (GuestException e) {
      System.out.println("cut off: " + e.getMessage());
    } finally {
      held = null;
    }
  }

  private GuestPin pin(Guest guest) throws GuestException, InterruptedException {
    while (true) {
      try {
        return guest.pin(file, 0, lengthBytes, Access.WRITE);
      } catch (GuestException e) {
        if (e.refusal().filter(FOR_NOW::contains).isEmpty()) {
          throw e;
        }
        Thread.sleep(2); // it has just been cut
      }
    }
  }

  private synchronized void write(GuestPin pin) throws GuestException {
    writing = (byte) letter;
    fill(pin, writing);
    System.out.println("wrote " + letter + (pin.complete() ? " True" : " False"));
    letter = letter == 'z' ? 'a' : (char) (letter + 1);
  }

  private static void fill(GuestPin pin, byte value) {
    for (MemorySegment segment : pin.segments()) {
      segment.fill(value);
    }
  }

  /** Writes the letter for as long as there is a pin; a liar something else, and for ever. */
  private void writeOn() {
    GuestPin last = null;
    while (true) {
      synchronized (this) {
        GuestPin pin = held;
        if (pin != null) {
          last = pin;
          fill(pin, writing);
        } else if (kind == GuestKind.LIES && last != null) {
          fill(last, (byte) '!');
        }
      }
      LockSupport.parkNanos(PAUSE_NANOS); // others want the lock, and the processor
    }
  }

  private void listen() {
    try {
      BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
      while (lines.readLine() != null) {
        GuestPin pin = held;
        if (pin != null) {
          write(pin);
        }
      }
    } catch (IOException e) {
      System.out.println("failed: " + e);
    }
    Runtime.getRuntime().halt(0); // nobody needs it any more
  }

  private void letGo(GuestPin pin) throws GuestException, InterruptedException {
    if (kind == GuestKind.SLOW) {
      Thread.sleep(SLOW_MILLIS);
    }
    synchronized (this) {
      held = null;
    }
    boolean quiesced = pin.quiesced();
    System.out.println("let go " + (pin.unmapped() && quiesced ? "True" : "False"));
  }

  /** What one host tells: a pin to let go of, or nothing if it cut the guest off. */
  private final class Told implements GuestHandler {
    final LinkedBlockingQueue<Optional<GuestPin>> queue = new LinkedBlockingQueue<>();

    @Override
    public void letGo(GuestPin pin, Notice notice) {
      if (kind != GuestKind.KILLED) {
        queue.add(Optional.of(pin));
      }
    }

    @Override
    public void cutOff(String why) {
      queue.add(Optional.empty());
    }
  }
}
