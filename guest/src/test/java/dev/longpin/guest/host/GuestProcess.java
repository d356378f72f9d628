package dev.longpin.guest.host;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.longpin.api.Access;
import dev.longpin.guest.Guest;
import dev.longpin.guest.GuestException;
import dev.longpin.guest.GuestHandler;
import dev.longpin.guest.GuestPin;
import dev.longpin.guest.Notice;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * A guest that does as it is told by its input, a line a command, and answers each with a line.
 *
 * <p>How it takes a notice: {@code honest} lets go; {@code slow} too, 20 ms later; {@code deaf}
 * does nothing; {@code liar} says that it lets go, twice, and writes on for ever; {@code late}
 * writes on, and says it after it was cut off.
 */
final class GuestProcess implements GuestHandler {

  private static final int SLOW_MILLIS = 20;

  private final Path socket;
  private final String kind;
  private Guest guest;
  private GuestPin pin;
  private CountDownLatch cutOff;

  private GuestProcess(Path socket, String kind) {
    this.socket = socket;
    this.kind = kind;
  }

  /** Arguments: the socket, and the kind. */
  public static void main(String[] args) throws Exception {
    GuestProcess process = new GuestProcess(Path.of(args[0]), args[1]);
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      System.out.println(process.run(line.split(" ")));
    }
  }

  private String run(String[] command) throws Exception {
    try {
      return switch (command[0]) {
        case "connect" -> {
          cutOff = new CountDownLatch(1);
          guest = Guest.connect(socket, kind, HostRig.MEMORY, true, this);
          if (kind.equals("liar") || kind.equals("late")) {
            scribble(guest.memory());
          }
          yield "connected";
        }
        case "pin" -> {
          pin =
              guest.pin(
                  "data", Long.parseLong(command[1]), Integer.parseInt(command[2]), Access.WRITE);
          yield "pinned";
        }
        case "write" -> {
          pin.segments().forEach(segment -> HostRig.fill(segment, command[1].charAt(0)));
          yield pin.complete() ? "in the file" : "not in the file";
        }
        case "wait" -> { // until it is cut off
          cutOff.await();
          try {
            yield pin.complete() ? "in the file" : "not in the file";
          } catch (GuestException e) {
            yield "cut off";
          }
        }
        case "close" -> {
          guest.close();
          yield "closed";
        }
        default -> "what?";
      };
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Writes all over the memory, for ever. */
  private static void scribble(MemorySegment memory) {
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          while (true) {
            HostRig.fill(memory, '!');
          }
        });
  }

  @Override
  public void letGo(GuestPin pinToGo, Notice notice) throws Exception {
    switch (kind) {
      case "slow" -> {
        Thread.sleep(SLOW_MILLIS);
        letGo(pinToGo);
      }
      case "deaf" -> {}
      case "liar" -> {
        letGo(pinToGo);
        try {
          letGo(pinToGo);
        } catch (GuestException e) {
          return; // as it should be
        }
      }
      case "late" -> {
        cutOff.await();
        letGo(pinToGo);
      }
      default -> letGo(pinToGo);
    }
  }

  private static void letGo(GuestPin pin) throws GuestException {
    boolean _ = pin.quiesced();
    boolean _ = pin.unmapped();
  }

  @Override
  public void cutOff(String why) {
    cutOff.countDown();
  }
}
