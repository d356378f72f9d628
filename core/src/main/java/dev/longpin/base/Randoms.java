package dev.longpin.base;

import java.security.SecureRandom;

/** Numbers that nobody can guess; under a {@link Scheduler} those that it gives. */
public final class Randoms {

  private static final SecureRandom SECURE = new SecureRandom();

  private Randoms() {}

  /** Returns any int. */
  public static int nextInt() {
    Scheduler scheduler = Seam.scheduler();
    return scheduler == null ? SECURE.nextInt() : scheduler.random();
  }
}
