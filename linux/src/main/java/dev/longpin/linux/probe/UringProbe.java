package dev.longpin.linux.probe;

import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.SystemCalls;
import dev.longpin.linux.uring.Ring;
import dev.longpin.linux.uring.SendRing;
import dev.longpin.linux.uring.UringCheck;
import java.util.ArrayList;
import java.util.List;

/** io_uring: whether the kernel lets us, and what it can. */
final class UringProbe {

  private static final String GROUP = "io_uring";
  private static final int ENTRIES = 8;
  private static final String DISABLED = "/proc/sys/kernel/io_uring_disabled";

  private UringProbe() {}

  static List<Finding> look(SystemCalls calls) {
    List<Finding> found = new ArrayList<>();
    Ring.Result made = Ring.create(calls, ENTRIES);
    Ring ring = made.ring();
    if (ring == null) {
      String disabled = MachineProbe.text(DISABLED);
      found.add(
          Finding.without(
              GROUP,
              "io_uring",
              Errno.describe(made.error())
                  + (disabled.isEmpty() ? "" : ", kernel.io_uring_disabled=" + disabled),
              advice(made.error(), disabled)));
      return found;
    }
    String problem = UringCheck.problem(calls, ring);
    ring.close();
    String works = "fixed buffers, registered files and cancellation work, structs as we know them";
    found.add(
        problem.isEmpty()
            ? Finding.ok(GROUP, "io_uring", works)
            : Finding.without(GROUP, "io_uring", problem, "a kernel of 5.18 or later"));
    SendRing sender = SendRing.tryOpen(calls, ENTRIES);
    if (sender == null) {
      found.add(
          Finding.without(
              GROUP, "zero_copy_send", "the kernel lacks SEND_ZC", "a kernel of 6.1 or later"));
    } else {
      sender.close();
      found.add(Finding.ok(GROUP, "zero_copy_send", "SEND_ZC is there"));
    }
    return found;
  }

  private static String advice(int error, String disabled) {
    if (Errno.ENOMEM.is(error)) {
      return "a ring's memory counts against the memlock limit: " + EngineProbe.MEMLOCK_ADVICE;
    }
    return disabled.equals("0") || disabled.isEmpty()
        ? "allow io_uring_setup, _enter and _register in the container's seccomp profile"
        : "sysctl kernel.io_uring_disabled=0";
  }
}
