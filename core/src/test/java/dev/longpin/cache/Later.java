package dev.longpin.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Something that another thread does meanwhile. */
final class Later<T> {

  /** How long a test waits for what must come: longer than any machine needs. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private final FutureTask<T> task;
  private final Thread thread;

  private Later(Callable<T> body) {
    task = new FutureTask<>(body);
    thread = Thread.ofPlatform().daemon().name("later").start(task);
  }

  /** Something that yields nothing. */
  @FunctionalInterface
  interface Body {
    void run() throws Exception;
  }

  static <T> Later<T> call(Callable<T> body) {
    return new Later<>(body);
  }

  static Later<Void> run(Body body) {
    return new Later<>(() -> {
      body.run();
      return null;
    });
  }

  /** Waits until {@code condition} holds. */
  static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("time to wait").isLessThan(end);
      pause();
    }
  }

  /** Lets others run before something is tried again. */
  static void pause() {
    LockSupport.parkNanos(Duration.ofMillis(1).toNanos() / 10);
  }

  /** Waits until the thread waits inside the cache; fails if it ends instead. */
  Later<T> awaitWaiting() {
    await(() -> {
      assertThat(task.isDone()).as("it ended instead of waiting: %s", task).isFalse();
      return isParked() && Arrays.stream(thread.getStackTrace()).anyMatch(Later::isOfBase);
    });
    return this;
  }

  private boolean isParked() {
    Thread.State state = thread.getState();
    return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
  }

  private static boolean isOfBase(StackTraceElement element) {
    return element.getClassName().startsWith("dev.longpin.base.");
  }

  boolean isDone() {
    return task.isDone();
  }

  void interrupt() {
    thread.interrupt();
  }

  /** Waits for the result. */
  T get() throws InterruptedException, TimeoutException {
    try {
      return task.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError("failed on the other thread", e.getCause());
    }
  }

  /** Waits for it to fail. */
  <X extends Throwable> X failure(Class<X> kind) throws InterruptedException, TimeoutException {
    try {
      T result = task.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
      throw new AssertionError("did not fail: " + result);
    } catch (ExecutionException e) {
      assertThat(e.getCause()).isInstanceOf(kind);
      return kind.cast(e.getCause());
    }
  }

  /** Waits for it to end; returns what it failed with, if it did. */
  Optional<Throwable> failureIfAny() throws InterruptedException, TimeoutException {
    try {
      task.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
      return Optional.empty();
    } catch (ExecutionException e) {
      return Optional.of(e.getCause());
    }
  }
}
