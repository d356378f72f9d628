package dev.longpin.mm;

import static dev.longpin.mm.DaxScene.PAGE;
import static dev.longpin.mm.Scene.HOLDER;
import static dev.longpin.mm.Scene.dma;
import static dev.longpin.mm.Scene.explore;
import static dev.longpin.mm.Scene.unlessCut;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PagePins;
import dev.longpin.api.Pin;
import dev.longpin.api.PinPolicies;
import dev.longpin.api.PinPolicy;
import dev.longpin.api.UnmapOperation;
import dev.longpin.api.Unmapping;
import dev.longpin.api.View;
import dev.longpin.schedule.ScheduleExplorer;
import dev.longpin.schedule.ScheduleExplorer.Action;
import dev.longpin.schedule.ScheduleFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the pages are the storage: what one file gives up, and who has it next (H7). */
@Tag("scheduled")
final class DaxScheduleTest {

  /** How the last page of the file is given up. */
  enum Cut {
    TRUNCATE,
    PUNCH,
    DELETE;

    private void run(DaxScene s) throws Exception {
      switch (this) {
        case TRUNCATE -> s.file.truncate((DaxScene.PAGES - 1) * PAGE);
        case PUNCH -> s.file.punchHole(LAST, PAGE);
        case DELETE -> s.file.delete(Unmapping.DEFAULT);
      }
    }
  }

  private static final long LAST = (DaxScene.PAGES - 1L) * PAGE;

  /** A device that writes to the last page as long as it may. */
  private static Action<DaxScene> device(boolean longterm, boolean revocable) {
    return s ->
        unlessCut(() -> {
          if (!longterm) {
            try (Pin pin = s.file.pin(LAST, PAGE, Access.WRITE)) {
              dma(pin.unsafeSegment(0), 5, 'd');
              dma(pin.unsafeSegment(0), 6, 'd');
            }
            return;
          }
          var pin =
              revocable
                  ? s.file.pinLongterm(
                      LAST,
                      PAGE,
                      Access.WRITE,
                      HOLDER,
                      (told, revocation) -> {
                        dma(told.unsafeSegment(0), 7, 'd'); // the last that is in flight
                        told.release();
                      })
                  : s.file.pinLongterm(LAST, PAGE, Access.WRITE, HOLDER);
          if (!revocable) {
            dma(pin.unsafeSegment(0), 5, 'd');
            dma(pin.unsafeSegment(0), 6, 'd');
            pin.release();
          }
        });
  }

  private static ScheduleExplorer<DaxScene> handedOn(
      PinPolicy policy, Cut cut, Action<DaxScene> device) {
    return ScheduleExplorer.of(() -> new DaxScene(policy))
        .actor(
            "device",
            s -> {
              try {
                device.act(s);
              } catch (FileClosedException e) {
                assertEquals(Cut.DELETE, cut);
              }
            })
        .actor("cutter", cut::run)
        .actor("writer", s -> DaxScene.write(s.other, 0, 'o'))
        .check(s -> {
          DaxScene.checkPage(s.other, 0, 'o');
          if (cut == Cut.DELETE) {
            s.file = s.cache.open(Path.of("file"), OpenMode.CREATE);
          } else {
            DaxScene.checkPage(s.file, DaxScene.PAGES - 2, 'B');
          }
          s.checkQuiet();
        });
  }

  /** I2, H7. */
  @ParameterizedTest
  @CsvSource({
    "TRUNCATE, REFUSE, false",
    "PUNCH, REFUSE, false",
    "DELETE, REFUSE, false",
    "TRUNCATE, WAIT, true",
    "PUNCH, WAIT, true",
    "TRUNCATE, REVOKE, true",
    "PUNCH, REVOKE, true",
    "DELETE, REVOKE, true"
  })
  void noPageIsAnotherFilesWhileADeviceCanReachIt(Cut cut, PinPolicies policy, boolean longterm) {
    explore(handedOn(policy, cut, device(longterm, policy == PinPolicies.REVOKE)));
  }

  /** Linux without the wait of {@code dax_layout_busy_page}: the canary of the test above. */
  @ParameterizedTest
  @CsvSource({"TRUNCATE, false", "PUNCH, false", "TRUNCATE, true", "PUNCH, true"})
  void withoutTheWaitADeviceWritesToAnotherFile(Cut cut, boolean longterm) {
    ScheduleExplorer<DaxScene> scenario = handedOn(new Unprotected(), cut, device(longterm, false));
    ScheduleFailure failure =
        assertThrows(ScheduleFailure.class, () -> scenario.exhaustive(20_000));
    assertTrue(failure.getMessage().contains("H7"), failure.getMessage());
  }

  /** Looks at no pin. */
  private static final class Unprotected implements PinPolicy {

    @Override
    public String name() {
      return getClass().getSimpleName().toUpperCase(Locale.ROOT);
    }

    @Override
    public boolean mayPinLongterm(CachedFile file, long offset, long length, Access access) {
      return true;
    }

    @Override
    public OnUnmap onUnmap(PagePins pins, UnmapOperation operation) {
      return operation == UnmapOperation.EVICT ? OnUnmap.WAIT : OnUnmap.PROCEED;
    }

    @Override
    public OnClean onClean(PagePins pins, boolean forced) {
      return OnClean.IN_PLACE;
    }

    @Override
    public boolean mayDropBlockState(PagePins pins) {
      return false;
    }

    @Override
    public boolean mayReclaim(PagePins pins) {
      return false;
    }
  }

  /** The CPU sees the file's own bytes or none, whoever has the page by now. */
  @Test
  void aReaderNeverSeesAnotherFilesBytes() {
    explore(
        ScheduleExplorer.of(() -> new DaxScene(PinPolicies.REFUSE))
            .actor("cutter", Cut.PUNCH::run)
            .actor("writer", s -> DaxScene.write(s.other, 0, 'o'))
            .actor(
                "reader",
                s -> {
                  try (View view = s.file.view(LAST, PAGE)) {
                    byte seen = view.getByte(9);
                    assertTrue(seen == 'C' || seen == 0, "H7: read " + seen);
                    byte[] read = DaxScene.read(s.file, LAST, 8);
                    assertTrue(read[7] == 'C' || read[7] == 0, "H7: read " + read[7]);
                  }
                })
            .check(DaxScene::checkQuiet));
  }

  /** A page has one frame, and one word, however many come to it at once. */
  @Test
  void aHoleIsGivenItsSpaceOnce() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  DaxScene s = new DaxScene(PinPolicies.REFUSE);
                  s.file.punchHole(LAST - PAGE, 2 * PAGE);
                  return s;
                })
            .time(ScheduleExplorer.Time.STOPPED)
            .actor("writer", s -> DaxScene.write(s.file, DaxScene.PAGES - 1, 'w'))
            .actor("pinner", s -> s.file.pin(LAST, 1, Access.READ).close())
            .actor(
                "reader",
                s -> {
                  byte seen = DaxScene.read(s.file, LAST, 1)[0];
                  assertTrue(seen == 'w' || seen == 0, "read " + seen);
                })
            .check(s -> {
              DaxScene.checkPage(s.file, DaxScene.PAGES - 1, 'w');
              assertEquals(2, s.device.freePages());
              s.checkQuiet();
            }));
  }

  /** I1: what a device has of a closed file stays that file's, until it answers. */
  @Test
  void aClosedFileIsOpenedAgainWhenItsLastDeviceHasLetGo() {
    explore(
        ScheduleExplorer.of(
                () -> {
                  DaxScene s = new DaxScene(PinPolicies.WAIT);
                  s.held = s.file.pinLongterm(LAST, PAGE, Access.WRITE, HOLDER);
                  return s;
                })
            .actor(
                "device",
                s -> {
                  ScheduleExplorer.sleep(Duration.ofSeconds(3)); // the close has given up by then
                  dma(s.held.unsafeSegment(0), 5, 'd');
                  s.done = true;
                  s.held.release();
                })
            .actor(
                "closer",
                s -> {
                  s.file.close();
                  s.file = s.cache.open(Path.of("file"), OpenMode.WRITE);
                  assertTrue(s.done, "I1: opened, though a device can reach it");
                  s.file.truncate(LAST);
                })
            .actor("writer", s -> DaxScene.write(s.other, 0, 'o'))
            .check(s -> {
              DaxScene.checkPage(s.other, 0, 'o');
              s.checkQuiet();
            }));
  }
}
