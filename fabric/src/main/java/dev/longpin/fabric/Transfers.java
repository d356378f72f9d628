package dev.longpin.fabric;

import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The requests that are under way, by the numbers that their completions come with. */
final class Transfers {

  private final Mutex lock = new Mutex(LockRank.STORE);
  private final Map<Long, Transfer> underWay = new HashMap<>();
  private long last;

  /** Makes one with a number that no other has had. */
  Transfer begin(String what, Endpoint endpoint) {
    lock.lock();
    try {
      Transfer transfer = new Transfer(what, endpoint, ++last);
      underWay.put(transfer.number(), transfer);
      return transfer;
    } finally {
      lock.unlock();
    }
  }

  /** Forgets one that was not begun after all. */
  void forget(Transfer transfer) {
    lock.lock();
    try {
      underWay.remove(transfer.number());
    } finally {
      lock.unlock();
    }
  }

  /** Ends the one with a number, unless it has ended with its connection. */
  void end(long number, long lengthBytes, int error) {
    Transfer transfer;
    lock.lock();
    try {
      transfer = underWay.remove(number);
    } finally {
      lock.unlock();
    }
    if (transfer != null) {
      transfer.end(error);
      transfer.endpoint().ended(transfer, lengthBytes, error);
    }
  }

  /** Ends all of an endpoint that is closed: nothing of them is in flight. */
  void abandon(Endpoint endpoint) {
    List<Transfer> gone = new ArrayList<>();
    lock.lock();
    try {
      underWay.values().removeIf(transfer -> {
        boolean its = transfer.endpoint() == endpoint;
        if (its) {
          gone.add(transfer);
        }
        return its;
      });
    } finally {
      lock.unlock();
    }
    gone.forEach(Transfer::abandon);
  }
}
