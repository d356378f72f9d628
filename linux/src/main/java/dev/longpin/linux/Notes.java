package dev.longpin.linux;

import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a person who runs the program should know of this machine, said once a process. */
final class Notes {

  private static final System.Logger LOGGER = System.getLogger("dev.longpin");
  private static final Mutex LOCK = new Mutex(LockRank.STORE);
  private static final Set<String> SAID = new HashSet<>();

  private Notes() {}

  static void say(List<String> notes) {
    for (String note : notes) {
      LOCK.lock();
      boolean isNew;
      try {
        isNew = SAID.add(note);
      } finally {
        LOCK.unlock();
      }
      if (isNew) {
        LOGGER.log(System.Logger.Level.INFO, note);
      }
    }
  }
}
