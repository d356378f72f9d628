package dev.longpin.base;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class LockOrderTest {

  @Test
  void everyPairIsAcceptedInOrderAndRejectedOtherwise() {
    for (LockRank outer : LockRank.values()) {
      for (LockRank inner : LockRank.values()) {
        Mutex first = new Mutex(outer);
        Mutex second = new Mutex(inner);
        first.lock();
        if (inner.ordinal() > outer.ordinal()) {
          second.lock();
          second.unlock();
        } else {
          AssertionError error = assertThrows(AssertionError.class, second::lock);
          assertTrue(error.getMessage().contains(inner + " acquired while holding " + outer));
          assertThrows(AssertionError.class, second::tryLock);
        }
        first.unlock();
        assertFalse(LockOrder.holds(outer));
        assertFalse(LockOrder.holds(inner));
      }
    }
  }

  @Test
  void aRejectedLockIsNotHeld() {
    Mutex outer = new Mutex(LockRank.TREE);
    Mutex inner = new Mutex(LockRank.PAGE);
    outer.lock();
    assertThrows(AssertionError.class, inner::lock);
    outer.unlock();
    assertTrue(inner.tryLock());
    inner.unlock();
  }

  @Test
  void theOuterLockMayBeReleasedFirst() {
    Mutex outer = new Mutex(LockRank.PAGE);
    Mutex inner = new Mutex(LockRank.TREE);
    outer.lock();
    inner.lock();
    outer.unlock();
    assertTrue(LockOrder.holds(LockRank.TREE));
    inner.unlock();
    assertFalse(LockOrder.holds(LockRank.TREE));
  }

  /** I11. */
  @Test
  void waitingForOthersIsRejectedWhileALockIsHeld() {
    Mutex lock = new Mutex(LockRank.HOLDERS);
    assertDoesNotThrow(() -> LockOrder.checkNoneHeld("a handler"));
    lock.lock();
    AssertionError error =
        assertThrows(AssertionError.class, () -> LockOrder.checkNoneHeld("a handler"));
    assertTrue(error.getMessage().contains("a handler awaited while holding HOLDERS"));
    lock.unlock();
    assertDoesNotThrow(() -> LockOrder.checkNoneHeld("a handler"));
  }

  @Test
  void whatOneThreadHoldsIsNothingToAnother() throws InterruptedException {
    Mutex lock = new Mutex(LockRank.STORE);
    lock.lock();
    Thread other = Thread.ofVirtual().start(() -> LockOrder.acquiring(LockRank.FILES));
    other.join();
    assertThrows(AssertionError.class, () -> LockOrder.acquiring(LockRank.FILES));
    lock.unlock();
  }
}
