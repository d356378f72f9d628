package dev.longpin.sim;

/** The end of threads. */
final class Threads {

  private Threads() {}

  /** Waits for the end of a thread; an interrupt is set again. */
  static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
