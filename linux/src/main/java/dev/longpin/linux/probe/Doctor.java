package dev.longpin.linux.probe;

import dev.longpin.linux.LinuxStoreProvider;
import dev.longpin.linux.sys.Downcalls;
import dev.longpin.linux.sys.SystemCalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks at a machine: what it allows, what Longpin will use, and what to do about the rest. */
public final class Doctor {

  private Doctor() {}

  /** Looks at all that no directory is needed for. */
  public static List<Finding> lookAtMachine() {
    LinuxStoreProvider provider = new LinuxStoreProvider();
    SystemCalls calls = provider.isAvailable() ? calls() : null;
    List<Finding> found = new ArrayList<>();
    if (calls != null) {
      found.addAll(EngineProbe.look(calls));
      found.addAll(UringProbe.look(calls));
    }
    found.addAll(MachineProbe.look(calls, provider.problem()));
    found.addAll(DeviceProbe.look());
    return found;
  }

  private static @Nullable SystemCalls calls() {
    try {
      return SystemCalls.find(Downcalls.system());
    } catch (RuntimeException | LinkageError e) {
      return null;
    }
  }

  /**
   * Looks at a directory's file system, on Linux.
   *
   * @throws IOException if no file can be made there; nothing stays
   */
  public static List<Finding> lookAt(Path directory) throws IOException {
    return new LinuxStoreProvider().isAvailable() ? DirectoryProbe.look(directory) : List.of();
  }
}
