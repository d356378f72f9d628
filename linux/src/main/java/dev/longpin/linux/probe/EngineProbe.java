package dev.longpin.linux.probe;

import dev.longpin.linux.LinuxStoreProvider;
import dev.longpin.linux.sys.SystemCalls;
import dev.longpin.spi.Engine;
import java.util.ArrayList;
import java.util.List;

/** What Longpin will use, as the code says that decides it: an engine is made, and asked. */
final class EngineProbe {

  private static final String GROUP = "Longpin will use";
  private static final int PAGE = 4096;
  private static final long SOME_FRAMES = 32L << 20;

  static final String MEMLOCK_ADVICE =
      "ulimit -l unlimited, or LimitMEMLOCK=infinity of the service, or CAP_IPC_LOCK";

  private EngineProbe() {}

  static List<Finding> look(SystemCalls calls) {
    List<Finding> found = new ArrayList<>();
    Engine engine = new LinuxStoreProvider().engine(SOME_FRAMES, PAGE);
    try {
      String name = engine.info().name();
      String notes = String.join("; ", engine.info().notes());
      found.add(
          name.equals("io_uring")
              ? Finding.ok(GROUP, "engine", name)
              : Finding.without(GROUP, "engine", name, notes));
      long limit = calls.memory().memlockLimit();
      String seen =
          (engine.info().registeredBytes() > 0 ? "32 MiB of frames: done" : "32 MiB: refused")
              + ", memlock limit "
              + (limit < 0 ? "none" : (limit >> 10) + " KiB");
      found.add(
          engine.info().registeredBytes() > 0
              ? Finding.ok(GROUP, "registered_buffers", seen)
              : Finding.without(GROUP, "registered_buffers", seen, MEMLOCK_ADVICE));
      found.add(
          Finding.info(
              GROUP,
              "huge_page_bytes",
              (engine.info().hugePageBytes() >> 20) + " MiB of those 32 in huge pages",
              ""));
    } finally {
      engine.memory().free();
    }
    return found;
  }
}
