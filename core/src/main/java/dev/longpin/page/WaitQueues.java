package dev.longpin.page;

import dev.longpin.base.EventCount;

/** Where threads wait for a page's word to change: a hashed table, as the kernel's. */
final class WaitQueues {

  private static final int QUEUES = 256;

  private final EventCount[] queues = new EventCount[QUEUES];

  WaitQueues() {
    for (int i = 0; i < QUEUES; i++) {
      queues[i] = new EventCount();
    }
  }

  /** Returns the queue of a frame; others share it. */
  EventCount of(int frame) {
    return queues[frame & QUEUES - 1];
  }
}
