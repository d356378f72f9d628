package dev.longpin.schedule;

import dev.longpin.base.Scheduler;
import dev.longpin.base.Seam;
import dev.longpin.base.Step;
import dev.longpin.schedule.ScheduleExplorer.Time;
import dev.longpin.schedule.ScheduleFailure.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One schedule: actors, of which exactly one runs at a time. The running one decides at each of its
 * steps who goes on, hands that one the baton and parks.
 *
 * <p>Actor 0 is the main one. It sets the scenario up, {@linkplain #runNamed waits} for the named
 * actors, and checks the result; only while it waits are there choices. Actors that the scenario
 * started by the way, such as daemons, and that are left at the end are ended by an error thrown
 * out of their next step.
 *
 * <p>The fields are guarded by the baton: only the running actor touches them, or, when the
 * schedule is over, the thread that {@linkplain #run runs} it.
 */
final class ControlledScheduler implements Scheduler {

  private static final Duration STUCK = Duration.ofSeconds(60);
  private static final ThreadLocal<@Nullable Actor> ACTOR = new ThreadLocal<>();

  private final Choices choices;
  private final Time time;
  private final int stepLimit;
  private final @Nullable Trace trace;
  private final Watcher watcher;
  private final List<Actor> actors = new ArrayList<>();
  private final VirtualClock clock;
  private final Semaphore over = new Semaphore(0);
  private int namedLeft;
  private boolean choosing;
  private int steps;
  private volatile boolean stopping;
  private @Nullable Kind failure;
  private String failureText = "";
  private @Nullable Throwable failureCause;

  ControlledScheduler(Choices choices, Time time, int stepLimit, Watcher watcher, @Nullable Trace trace) {
    this.choices = choices;
    this.time = time;
    this.stepLimit = stepLimit;
    this.watcher = watcher;
    this.trace = trace;
    this.clock = new VirtualClock(actors, trace);
  }

  /** Ends an actor when the schedule is over. */
  private static final class Stop extends Error {
    private static final long serialVersionUID = 1L;

    Stop() {
      super("the schedule is over", null, false, false);
    }
  }

  /** Runs the schedule, of which {@code main} is the first actor, to its end. */
  void run(Actor.Body main) {
    add("main", main).resume();
    try {
      if (!over.tryAcquire(STUCK.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("blocked outside of the seam:" + describeActors());
      }
      stopping = true;
      for (Actor actor : actors) {
        if (actor.isStarted()) {
          actor.resume();
          if (!actor.thread.join(STUCK)) {
            throw new IllegalStateException("not to be stopped:" + describeActors());
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a schedule ran", e);
    }
  }

  /** Returns how the schedule failed, or null. */
  @Nullable Kind failure() {
    return failure;
  }

  String failureText() {
    return failureText;
  }

  @Nullable Throwable failureCause() {
    return failureCause;
  }

  /** Adds an actor that has to end before {@link #runNamed} returns. */
  void addNamed(String name, Actor.Body body) {
    namedLeft++;
    add(
        name,
        () -> {
          body.run();
          namedLeft--;
        });
  }

  /** Lets the actors run until all named ones have ended; called by the main actor. */
  void runNamed() {
    choosing = true;
    if (trace != null) {
      trace.clear();
    }
    await(this, () -> namedLeft == 0, Long.MAX_VALUE);
    choosing = false;
  }

  /** Makes the present or next wait of the actor {@code name} end as by an interrupt. */
  static void interrupt(String name) {
    Actor caller = ACTOR.get();
    if (caller == null) {
      throw new IllegalStateException("not called by an actor");
    }
    ControlledScheduler scheduler = caller.scheduler;
    scheduler.step(Step.OUTSIDE, name, 0);
    Actor target = scheduler.find(actor -> actor.name.equals(name));
    target.interrupted = true;
  }

  private Actor add(String name, Actor.Body body) {
    if (actors.size() == Choices.TIME) {
      throw new IllegalStateException("too many actors");
    }
    Actor actor = new Actor(this, actors.size(), name, () -> live(body));
    actors.add(actor);
    return actor;
  }

  private Actor find(Predicate<Actor> which) {
    return actors.stream().filter(which).findFirst().orElseThrow();
  }

  private void live(Actor.Body body) {
    Actor me = find(actor -> actor.thread == Thread.currentThread());
    ACTOR.set(me);
    Seam.adopt(this);
    try {
      if (!stopping) {
        body.run();
      }
    } catch (Stop e) {
      return;
    } catch (Throwable e) {
      if (stopping) {
        return; // it can't help failing when its waits are cut short
      }
      me.done = true;
      fail(me, Kind.THROWN, me.name + " threw " + e, e);
      return;
    }
    me.done = true;
    if (stopping) {
      return;
    }
    if (trace != null) {
      trace.note(me.name, "ends");
    }
    if (me.index == 0) {
      over.release();
      return;
    }
    Actor next = next(me, false);
    if (next != null) {
      next.resume();
    }
  }

  @Override
  public void step(Step step, Object target, long index) {
    Actor me = runningActor();
    if (trace != null) {
      trace.step(me.name, step, target, index);
    }
    if (++steps > stepLimit) {
      fail(me, Kind.LIVELOCK, "no end after " + stepLimit + " steps:" + describeActors(), null);
      awaitBaton(me);
    }
    handOver(me, target == Seam.class);
    if (choosing) {
      watcher.step(me.name, step, target, index);
    }
  }

  @Override
  public boolean await(Object target, BooleanSupplier ready, long deadlineNanos) {
    Actor me = runningActor();
    if (me.thread.isInterrupted()) {
      me.interrupted = true;
    }
    if (deadlineNanos == Long.MAX_VALUE || !me.interrupted) {
      me.block(target, ready, deadlineNanos);
      if (!me.canRun(clock.nowNanos())) {
        if (trace != null) {
          trace.note(me.name, "blocks on " + trace.nameOf(target));
        }
        handOver(me, false);
      }
      me.unblock();
    }
    if (deadlineNanos != Long.MAX_VALUE && me.interrupted && !ready.getAsBoolean()) {
      me.interrupted = false;
      Thread.interrupted();
      ControlledScheduler.<RuntimeException>sneak(new InterruptedException());
    }
    return ready.getAsBoolean();
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void sneak(Throwable e) throws E {
    throw (E) e;
  }

  @Override
  public long nanoTime() {
    return clock.nowNanos();
  }

  @Override
  public int random() {
    return 0; // the worst luck: the same again
  }

  @Override
  public void start(String name, Runnable body) {
    runningActor();
    add(name, body::run);
  }

  private Actor runningActor() {
    Actor me = ACTOR.get();
    if (me == null) {
      throw new IllegalStateException("not an actor");
    }
    if (stopping) {
      throw new Stop();
    }
    return me;
  }

  private void handOver(Actor me, boolean yields) {
    Actor next = next(me, yields);
    if (next == me) {
      return;
    }
    if (next != null) {
      me.dropBaton();
      next.resume();
    }
    awaitBaton(me);
  }

  private void awaitBaton(Actor me) {
    me.awaitBaton();
    if (stopping) {
      throw new Stop();
    }
  }

  /** Chooses who goes on; null if the schedule failed. */
  private @Nullable Actor next(Actor me, boolean yields) {
    while (true) {
      if (choosing && namedLeft == 0) {
        return actors.getFirst();
      }
      long enabled = 0;
      for (Actor actor : actors) {
        if (actor.canRun(clock.nowNanos())) {
          enabled |= 1L << actor.index;
        }
      }
      long self = 1L << me.index;
      boolean alone = enabled == 0 || (yields && enabled == self);
      if (alone && time != Time.STOPPED && clock.jump()) {
        continue;
      }
      if (enabled == 0) {
        String why = clock.canJump() ? " before the clock moves" : "";
        fail(me, Kind.DEADLOCK, "nobody can run" + why + ":" + describeActors(), null);
        return null;
      }
      if (yields) {
        choices.yielded(me.index);
        enabled = enabled == self ? self : enabled & ~self;
      }
      int chosen = choose(me, enabled, (enabled & self) == 0 && !yields);
      if (chosen != Choices.TIME) {
        return actors.get(chosen);
      }
      choices.yielded(Choices.TIME);
      clock.jump();
    }
  }

  private int choose(Actor me, long enabled, boolean isFree) {
    long self = 1L << me.index;
    long later = enabled & -self;
    int usual =
        (enabled & self) != 0 ? me.index : Long.numberOfTrailingZeros(later != 0 ? later : enabled);
    long options = enabled;
    if (time == Time.ANYTIME && clock.canJump()) {
      options |= 1L << Choices.TIME;
    }
    return choosing && Long.bitCount(options) > 1 ? choices.decide(options, usual, isFree) : usual;
  }

  /** Ends the schedule; {@code me} has the baton no more. */
  private void fail(Actor me, Kind kind, String text, @Nullable Throwable cause) {
    failure = kind;
    failureText = text;
    failureCause = cause;
    me.dropBaton();
    over.release();
  }

  private String describeActors() {
    return Trace.describe(choosing ? actors.subList(1, actors.size()) : actors, trace);
  }
}
