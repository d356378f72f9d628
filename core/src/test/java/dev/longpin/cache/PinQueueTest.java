package dev.longpin.cache;

import static dev.longpin.cache.Rig.PAGE;
import static dev.longpin.cache.Rig.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.Pin;
import dev.longpin.api.PinQueue;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.StoreException;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.cache.FaultyStores.Stop;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pins in the order in which pages come. */
@Timeout(60)
class PinQueueTest {

  @TempDir private Path dir;
  private Rig rig;

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private void open(boolean async) throws Exception {
    rig = async ? Rig.async(dir, 40 * PAGE, c -> c) : Rig.ofPages(dir, 40);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyRangeIsTakenOnceAndHasItsBytes(boolean async) throws Exception {
    open(async);
    PinQueue queue = rig.file.pinQueue(Access.READ);
    SortedSet<Long> taken = new TreeSet<>();
    for (int page = 0; page < 40; page++) {
      queue.submit(page * PAGE + 7, 10);
      if (queue.size() == 4) {
        take(queue, taken);
      }
    }
    while (queue.size() > 0) {
      take(queue, taken);
    }
    assertThat(taken).hasSize(40);
    rig.assertFree();
  }

  private void take(PinQueue queue, Set<Long> taken) throws Exception {
    try (Pin pin = queue.take()) {
      assertThat(pin.offset() % PAGE).isEqualTo(7);
      assertThat(pin.getByte(9)).isEqualTo((byte) ('A' + pin.offset() / PAGE));
      assertThat(taken.add(pin.offset())).isTrue();
    }
  }

  @Test
  void whatComesFirstIsTakenFirst() throws Exception {
    open(true);
    Stop first = rig.stores.stopNext(Call.READ);
    PinQueue queue = rig.file.pinQueue(Access.WRITE);
    queue.submit(0, PAGE);
    first.awaitReached();
    queue.submit(5 * PAGE, 2 * PAGE);
    queue.submit(3 * PAGE, 1);
    SortedSet<Long> taken = new TreeSet<>();
    for (int i = 0; i < 2; i++) {
      try (Pin pin = queue.take()) {
        taken.add(pin.offset());
      }
    }
    assertThat(taken).containsExactly(3L * PAGE, 5L * PAGE);
    Later<Pin> last = Later.call(queue::take).awaitWaiting();
    first.letGo();
    try (Pin pin = last.get()) {
      assertThat(pin.offset()).isZero();
      pin.putByte(0, (byte) 'z');
    }
    assertThat(queue.size()).isZero();
    assertThat(rig.letter(0)).isEqualTo('z');
    rig.assertFree();
  }

  /** I5: the queue is as before, and whoever comes later has what came meanwhile. */
  @Test
  void aDeadlineLeavesTheQueueAsItWas() throws Exception {
    rig = Rig.async(dir, PAGE, config -> config.withDeadline(SHORT));
    Stop stop = rig.stores.stopNext(Call.READ);
    PinQueue queue = rig.file.pinQueue(Access.READ);
    queue.submit(0, 1);
    assertThatThrownBy(queue::take).isInstanceOf(DeadlineExceededException.class);
    assertThat(queue.size()).isEqualTo(1);
    stop.awaitReached();
    stop.letGo();
    Later.await(() -> rig.stores.count(Call.READ) == 1);
    queue.take().close();
    rig.assertFree();
  }

  @Test
  void whatCantBePinnedIsOffTheQueue() throws Exception {
    open(true);
    PinQueue queue = rig.file.pinQueue(Access.READ);
    assertThatThrownBy(queue::take).isInstanceOf(NoSuchElementException.class);
    assertThatThrownBy(() -> queue.submit(0, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> queue.submit(-1, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThat(queue.size()).isZero();
    queue.submit(40 * PAGE, 1);
    Rig.assertRefused(PinRefusedException.Reason.PAST_END, queue::take);
    rig.stores.failNext(Call.READ, 3, StoreException.Kind.IO);
    queue.submit(0, 1);
    Rig.assertFails(StoreException.Kind.IO, queue::take);
    queue.submit(0, 1);
    queue.take().close();
    queue.submit(0, Long.MAX_VALUE);
    Rig.assertRefused(PinRefusedException.Reason.PAST_END, queue::take);
    queue.submit(0, (Rig.FRAMES + 1) * PAGE);
    Rig.assertRefused(PinRefusedException.Reason.NO_FRAME, queue::take);
    queue.submit(PAGE, 1);
    rig.file.truncate(PAGE);
    Rig.assertRefused(PinRefusedException.Reason.PAST_END, queue::take);
    rig.assertFree();
    queue.submit(0, 1);
    rig.file.close();
    assertThatThrownBy(queue::take).isInstanceOf(FileClosedException.class);
    assertThatThrownBy(() -> queue.submit(0, 1)).isInstanceOf(FileClosedException.class);
  }
}
