package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.LONG;
import static dev.longpin.cache.Rig.OTHER;
import static dev.longpin.cache.Rig.PAGE;
import static dev.longpin.cache.Rig.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.Holder;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.RevocationHandler;
import dev.longpin.api.SelfDeadlockException;
import dev.longpin.api.Unmapping;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** H13: a holder that cuts the file itself must not wait for itself. */
@Timeout(60)
class SelfDeadlockTest {

  @TempDir private Path dir;
  private Rig rig;

  @BeforeEach
  void open() throws Exception {
    rig = Rig.ofPages(dir, 4);
  }

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private LongtermPin pin(long offset, long length, RevocationHandler handler) throws Exception {
    return rig.file.pinLongterm(offset, length, Access.WRITE, HOLDER, handler);
  }

  /** H13: it would wait for itself, so it learns that at once. */
  @Test
  void aHolderThatCutsWhatItHoldsItselfGetsAnExceptionAtOnce() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(PAGE, 2 * PAGE, Access.WRITE, HOLDER);
    for (Later.Body cut : cutsOnBehalfOf(HOLDER, LONG)) {
      assertThatThrownBy(cut::run)
          .isInstanceOfSatisfying(
              SelfDeadlockException.class,
              e ->
                  assertThat(e.pins())
                      .singleElement()
                      .satisfies(own -> assertThat(own.holder()).isEqualTo(HOLDER)));
    }
    for (Later.Body cut : cutsOnBehalfOf(OTHER, SHORT)) {
      assertThatThrownBy(cut::run).isInstanceOf(DeadlineExceededException.class);
    }
    rig.file.truncate(3 * PAGE, Unmapping.DEFAULT.onBehalfOf(HOLDER)); // it holds nothing there
    assertThat(pin.release()).isTrue();
    rig.assertFree();
    assertThat(rig.disk()).isEqualTo(Rig.letters(3 * PAGE, PAGE));
  }

  private List<Later.Body> cutsOnBehalfOf(Holder holder, Duration wait) {
    Unmapping unmapping = Unmapping.within(wait).onBehalfOf(holder);
    return List.of(
        () -> rig.file.truncate(2 * PAGE, unmapping),
        () -> rig.file.punchHole(2 * PAGE, 1, unmapping),
        () -> rig.file.evict(0, 2 * PAGE, unmapping),
        () -> rig.file.delete(unmapping));
  }

  @Test
  void aHolderThatCanBeRevokedMayCutWhatItHoldsItself() throws Exception {
    pin(0, PAGE, (revoked, revocation) -> revoked.release());
    assertThat(rig.file.truncate(0, Unmapping.DEFAULT.onBehalfOf(HOLDER)).revoked()).isEqualTo(1);
    rig.assertFree();
  }

  /** The handler's own cut queues behind the one that it was told of. */
  @Test
  void aHandlerMayCutTheFileItselfAfterItLetGo() throws Exception {
    BlockingQueue<Long> sizes = new LinkedBlockingQueue<>();
    pin(
        0,
        4 * PAGE,
        (revoked, revocation) -> {
          revoked.release();
          rig.file.truncate(PAGE, Unmapping.DEFAULT.onBehalfOf(HOLDER));
          sizes.add(rig.file.size());
        });
    rig.file.truncate(2 * PAGE);
    Later.await(() -> !sizes.isEmpty());
    assertThat(sizes.remove()).isEqualTo(PAGE);
    rig.assertFree();
  }

  /** H13: the truncate waits for the pin that the handler's own truncate would wait for too. */
  @Test
  void aHandlerThatCutsWhatItHoldsWithoutRecourseGetsAnExceptionAtOnce() throws Exception {
    LongtermPin irrevocable = rig.file.pinLongterm(0, PAGE, Access.READ, HOLDER);
    BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
    pin(
        0,
        PAGE,
        (revoked, revocation) -> {
          try {
            rig.file.truncate(0, Unmapping.within(Duration.ofSeconds(3)).onBehalfOf(HOLDER));
          } catch (Exception e) {
            failures.add(e);
          }
          revoked.release();
          irrevocable.release();
        });
    rig.file.truncate(0);
    assertThat(failures.remove()).isInstanceOf(SelfDeadlockException.class);
    assertThat(rig.file.size()).isZero();
    rig.assertFree();
  }
}
