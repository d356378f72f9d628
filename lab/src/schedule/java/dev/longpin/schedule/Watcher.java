package dev.longpin.schedule;

import dev.longpin.base.Step;

/** Sees each step of the named actors of a schedule just before it is done. */
@FunctionalInterface
public interface Watcher {

  /**
   * A step is being done.
   *
   * @param actor its name
   * @param target what it is done on
   * @param index the element of the target, or 0
   */
  void step(String actor, Step step, Object target, long index);
}
