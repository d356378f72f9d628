package dev.longpin.cli.demo;

import dev.longpin.api.CachedFile;
import dev.longpin.api.LongpinException;
import dev.longpin.api.NoFrameException;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.StoreException;
import dev.longpin.api.WaitEndedException;
import dev.longpin.api.WritebackException;
import java.util.Random;

/**
 * One of those who work on the file at the same time: a device, or someone who changes the file.
 */
abstract class Actor implements Runnable {

  final Workload run;
  final Ledger ledger;
  final Tally tally;
  final Random random;

  Actor(Workload run, long seed) {
    this.run = run;
    this.ledger = run.ledger();
    this.tally = run.tally();
    this.random = new Random(seed);
  }

  /** Does one thing. */
  abstract void step(CachedFile file) throws Exception;

  @Override
  public final void run() {
    while (!run.isStopping()) {
      try {
        step(run.file());
      } catch (PinRefusedException e) {
        if (e.reason() == PinRefusedException.Reason.NO_SPACE) {
          run.fail(e);
        }
        tally.refused.increment();
        run.pause(1);
      } catch (WaitEndedException e) {
        tally.timeouts.increment();
      } catch (NoFrameException e) {
        tally.refused.increment();
      } catch (LongpinException e) {
        run.fail(e);
      } catch (Exception e) {
        if (!run.isStopping()) {
          run.fail(e);
        }
      }
    }
  }

  /** Returns whether an error is the disk's: full, or failing. */
  static boolean isEnvironment(Throwable e) {
    return e instanceof StoreException
        || e instanceof WritebackException
        || (e instanceof PinRefusedException r
            && r.reason() == PinRefusedException.Reason.NO_SPACE);
  }

  /** Returns a range of a few regions: mostly one that a device holds. */
  final long[] range(int maxRegions) {
    int held = random.nextInt(4) != 0 ? run.someHeldRegion(random) : -1;
    int first = held >= 0 ? held : random.nextInt(ledger.regionCount());
    int count = 1 + random.nextInt(maxRegions);
    long slack = random.nextInt(ledger.regionBytes());
    long from = Math.max(0, ledger.offset(first) - slack);
    long to = Math.min(run.fileBytes(), ledger.offset(first) + (long) count * ledger.regionBytes());
    return new long[] {from, Math.max(from + 1, to)};
  }
}
