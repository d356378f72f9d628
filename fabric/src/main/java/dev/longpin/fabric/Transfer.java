package dev.longpin.fabric;

import dev.longpin.base.Deadline;
import dev.longpin.base.Parker;
import dev.longpin.fabric.FabricException.Kind;
import dev.longpin.fabric.lib.FabricCallException;
import java.time.Duration;

/**
 * A request that is under way. The thread that began it awaits it. Until it {@linkplain #isDone
 * ended} its local memory is the provider's, also after a wait that was given up.
 */
public final class Transfer {

  private final String what;
  private final Endpoint endpoint;
  private final Parker parker = new Parker();
  private final long number;
  private int error;
  private boolean abandoned;
  private volatile boolean done;

  Transfer(String what, Endpoint endpoint, long number) {
    this.what = what;
    this.endpoint = endpoint;
    this.number = number;
  }

  long number() {
    return number;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** It ended; an error is a negated number. */
  void end(int failure) {
    error = failure;
    done = true;
    parker.wake();
  }

  /** It ended with its connection. */
  void abandon() {
    abandoned = true;
    done = true;
    parker.wake();
  }

  /** Returns whether it has ended, well or not. */
  public boolean isDone() {
    return done;
  }

  /**
   * Waits until it has ended.
   *
   * @throws FabricException if it failed; TIMED_OUT if it is still under way
   * @throws InterruptedException if interrupted: it is still under way
   */
  public void await(Duration wait) throws FabricException, InterruptedException {
    Deadline deadline = Deadline.after(wait);
    endpoint.poll(this);
    while (!done) {
      if (!parker.await(deadline) && !done) {
        throw new FabricException(
            Kind.TIMED_OUT, what + " with " + endpoint + " after " + wait.toMillis() + " ms");
      }
    }
    if (abandoned) {
      throw endpoint.gone(what);
    }
    if (error < 0) {
      throw Failures.of(new FabricCallException(what + " with " + endpoint, error));
    }
  }
}
