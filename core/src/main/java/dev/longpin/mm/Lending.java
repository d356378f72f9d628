package dev.longpin.mm;

import dev.longpin.api.Holder;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.page.LentBlocks;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who has memory of the cache. */
public final class Lending {

  private final Mutex lock = new Mutex(LockRank.STORE);
  private final Map<Holder, LentBlocks> byHolder = new HashMap<>();

  /** Makes one without holders. */
  Lending() {}

  /** Notes that a holder has memory; false if it has some already. */
  public boolean add(Holder holder, LentBlocks blocks) {
    lock.lock();
    try {
      return byHolder.putIfAbsent(holder, blocks) == null;
    } finally {
      lock.unlock();
    }
  }

  /** From here no pin is put there. */
  public void remove(Holder holder, LentBlocks blocks) {
    lock.lock();
    try {
      byHolder.remove(holder, blocks);
    } finally {
      lock.unlock();
    }
  }

  /** Returns what a holder has, or null. */
  public @Nullable LentBlocks of(Holder holder) {
    lock.lock();
    try {
      return byHolder.get(holder);
    } finally {
      lock.unlock();
    }
  }
}
