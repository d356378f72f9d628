package dev.longpin.lab.kernel;

import dev.longpin.lab.Cell;
import dev.longpin.lab.Cell.Call;
import dev.longpin.lab.Column;
import dev.longpin.lab.Hazard;
import dev.longpin.lab.Outcome;
import dev.longpin.linux.probe.KernelPin;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The column of this machine's kernel: a file mapping that io_uring holds as a fixed buffer, which
 * is a long-term pin, and what the kernel does with the file under it. Each cell has the calls as
 * they were made and answered.
 */
public final class LiveKernel {

  private static final int PAGE = 4096;
  private static final int PAGES = 2;
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  private final Hazard hazard;
  private final List<Call> calls = new ArrayList<>();
  private Outcome outcome = Outcome.NOT_APPLICABLE;
  private long violations;
  private final List<String> answers = new ArrayList<>();

  private LiveKernel(Hazard hazard) {
    this.hazard = hazard;
  }

  /** Makes what is pinned. */
  @FunctionalInterface
  private interface Maker {
    KernelPin make() throws IOException;
  }

  /** Tries a hazard; {@code folder} is on the file system that is of interest. */
  public static Cell run(Hazard hazard, Path folder) {
    LiveKernel kernel = new LiveKernel(hazard);
    String untried = untried(hazard);
    if (untried.isEmpty()) {
      kernel.on("memfd", () -> KernelPin.inMemory((long) PAGES * PAGE));
      kernel.on("tmpfs", () -> KernelPin.inDirectory(SHARED_MEMORY, (long) PAGES * PAGE));
      kernel.on(
          "the file system of " + folder, () -> KernelPin.inDirectory(folder, (long) PAGES * PAGE));
    } else {
      kernel.answers.add(untried);
    }
    return kernel.cell();
  }

  private static String untried(Hazard hazard) {
    return switch (hazard) {
      case H1, H2, H5, H6, H8, H17 -> "";
      case H3 -> "the kernel refuses the pin on file systems with block state (see H1)";
      case H4 -> "the race is inside the kernel's unpin: it can't be steered from outside";
      case H7 -> "needs a DAX file system";
      case H9 -> "needs a way to make the kernel migrate a given page";
      case H10 -> "needs a device with on-demand paging";
      case H11, H12 -> "needs an RDMA device";
      case H13, H14 -> "Linux has no revocation";
      case H15, H16 -> "needs thousands of pins of one page; the limit is memlock";
      case H18 -> "needs a device that can die";
      case H19, H20 ->
          "the race is inside the kernel's own writeback: it can't be steered from outside";
    };
  }

  private void on(String kind, Maker maker) {
    try (KernelPin pin = maker.make()) {
      String status = pin.pin();
      call(
          "io_uring_register(IORING_REGISTER_BUFFERS)",
          "a shared mapping of " + kind + ", " + PAGES * PAGE + " bytes",
          status.equals(KernelPin.OK) ? "0" : "-" + status);
      if (status.equals(KernelPin.OK)) {
        race(pin, kind);
      } else {
        worse(Outcome.REFUSED);
        answers.add(kind + ": pin refused, " + status);
      }
    } catch (IOException e) {
      call("pin on " + kind, "", "not tried: " + e.getMessage());
      answers.add(kind + ": not tried");
    }
  }

  private void race(KernelPin pin, String kind) throws IOException {
    switch (hazard) {
      case H1 -> {
        dma(pin, PAGE, 'a');
        truncate(pin, PAGE);
        truncate(pin, (long) PAGES * PAGE);
        dma(pin, PAGE, 'b');
        compare(pin, kind, PAGE, 'b');
      }
      case H2 -> {
        dma(pin, PAGE, 'a');
        pin.punch(PAGE, PAGE);
        call("fallocate(PUNCH_HOLE|KEEP_SIZE)", PAGE + ", " + PAGE, "0");
        dma(pin, PAGE, 'b');
        compare(pin, kind, PAGE, 'b');
      }
      case H5 -> {
        dma(pin, 0, 'a');
        pin.force();
        call("fdatasync", "", "0");
        dma(pin, 0, 'b');
        compare(pin, kind, 0, 'b');
      }
      case H6 -> {
        truncate(pin, PAGE + 2);
        dma(pin, PAGE + 3, 'a');
        truncate(pin, (long) PAGES * PAGE);
        compareZero(pin, kind, PAGE + 3);
      }
      case H8 -> {
        dma(pin, 0, 'a');
        pin.dropCaches();
        call("posix_fadvise(DONTNEED)", "0, 0", "0");
        dma(pin, 0, 'b');
        compare(pin, kind, 0, 'b');
      }
      case H17 -> {
        dma(pin, 0, 'a');
        call("the file has no name (O_TMPFILE, memfd)", "", "it lives as long as it is open");
        dma(pin, 0, 'b');
        compare(pin, kind, 0, 'b');
      }
      default -> throw new IllegalStateException(hazard + " is not tried");
    }
  }

  private void dma(KernelPin pin, long offset, char letter) throws IOException {
    MemorySegment source = pin.source();
    source.set(ValueLayout.JAVA_BYTE, offset, (byte) letter);
    pin.write(offset, 1);
    call(
        "io_uring_enter(READ_FIXED)",
        "1 byte '" + letter + "' to offset " + offset + " of the pinned pages",
        "1");
  }

  private void truncate(KernelPin pin, long size) throws IOException {
    pin.truncate(size);
    call("ftruncate", Long.toString(size), "0");
  }

  /** Ends the pin, and compares what the device wrote last with what the file has. */
  private void compare(KernelPin pin, String kind, long offset, char wanted) throws IOException {
    char found = found(pin, offset);
    boolean lost = found != wanted;
    call(
        "read of the file",
        "offset " + offset + ", wanted '" + wanted + "'",
        found == 0 ? "0" : "'" + found + "'");
    if (lost) {
      violations++;
    }
    answers.add(kind + (lost ? ": a write that was reported complete is gone" : ": holds"));
    worse(lost ? Outcome.LOST_WRITE : Outcome.OK);
  }

  private void compareZero(KernelPin pin, String kind, long offset) throws IOException {
    char found = found(pin, offset);
    call(
        "read of the file",
        "offset " + offset + ", wanted 0",
        found == 0 ? "0" : "'" + found + "'");
    if (found != 0) {
      violations++;
    }
    answers.add(kind + (found == 0 ? ": holds" : ": what was written past the end is in the file"));
    worse(found == 0 ? Outcome.OK : Outcome.STALE_ACCESS);
  }

  private static char found(KernelPin pin, long offset) throws IOException {
    pin.unpin();
    try (FileChannel channel = FileChannel.open(pin.path())) {
      ByteBuffer one = ByteBuffer.allocate(1);
      return channel.read(one, offset) == 1 ? (char) one.get(0) : 0;
    }
  }

  private void call(String name, String arguments, String result) {
    calls.add(new Call(name, arguments, result));
  }

  private void worse(Outcome next) {
    if (next.compareTo(outcome) > 0) {
      outcome = next;
    }
  }

  private Cell cell() {
    return new Cell(
        hazard,
        Column.KERNEL,
        outcome,
        Map.of(outcome, 1L),
        0,
        false,
        "",
        calls.isEmpty() ? 0 : 1,
        violations,
        String.join("; ", answers),
        "",
        List.of(),
        calls);
  }
}
