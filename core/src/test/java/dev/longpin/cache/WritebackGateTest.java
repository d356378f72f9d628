package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.PAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.GateClosedException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Unmapping;
import dev.longpin.api.WritebackGate;
import dev.longpin.cache.FaultyStores.Call;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The gate of a file that is asked before a page is cleaned: write-ahead logging rests on it. */
@Timeout(60)
class WritebackGateTest {

  @TempDir private Path dir;
  private Rig rig;

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  @Test
  void aForceFailsForAPageThatTheGateRefuses() throws Exception {
    rig = Rig.ofPages(dir, 4);
    rig.write(0, 4 * PAGE, 'w');
    List<String> asked = new CopyOnWriteArrayList<>();
    rig.file.setWritebackGate((pageIndex, forced) -> {
      asked.add(pageIndex + (forced ? " forced" : " in the background"));
      return pageIndex != 2;
    });
    assertThatThrownBy(rig.file::force)
        .isInstanceOf(GateClosedException.class)
        .hasMessageContaining("page 2");
    assertThat(asked).containsExactly("0 forced", "1 forced", "2 forced");
    assertThat(rig.diskLetter(2 * PAGE)).isEqualTo('C');
    rig.file.force(3 * PAGE, PAGE, Rig.LONG); // the gate is asked for the range alone
    assertThat(rig.diskLetter(3 * PAGE)).isEqualTo('w');
    rig.file.setWritebackGate(null);
    rig.file.force();
    assertThat(rig.disk()).containsOnly('w');
    rig.file.force();
    rig.assertFree();
  }

  @Test
  void theGateOfOneFileIsNotAskedForAnother() throws Exception {
    rig = Rig.ofPages(dir, 2);
    rig.file.setWritebackGate((pageIndex, forced) -> false);
    rig.write(0, 1, 'w');
    CachedFile other = rig.open("other", 1, 'o');
    Rig.write(other, 0, 1, 'w');
    other.force();
    assertThat(rig.stores.count(Call.WRITE)).isEqualTo(1);
    rig.file.setWritebackGate(null);
  }

  @Test
  void theBackgroundSkipsAPageThatTheGateRefuses() throws Exception {
    rig =
        Rig.of(dir, 4 * PAGE, config -> config.withBackgroundWriteback(true, Duration.ofMillis(5)));
    CopyOnWriteArrayList<Long> refused = new CopyOnWriteArrayList<>();
    rig.file.setWritebackGate((pageIndex, forced) -> {
      if (pageIndex == 1 && !forced) {
        refused.add(pageIndex);
        return false;
      }
      return true;
    });
    rig.write(0, 4 * PAGE, 'w');
    Later.await(() -> rig.stores.count(Call.WRITE) >= 3 && refused.size() > 2);
    assertThat(rig.diskLetter(0)).isEqualTo('w');
    assertThat(rig.diskLetter(3 * PAGE)).isEqualTo('w');
    assertThat(rig.diskLetter(PAGE)).isEqualTo('B');
    rig.file.force(); // the gate makes the log durable and says yes
    assertThat(rig.diskLetter(PAGE)).isEqualTo('w');
    rig.assertFree();
  }

  @Test
  void aPageUnderAWritePinIsAskedForToo() throws Exception {
    rig = Rig.ofPages(dir, 1);
    rig.file.setWritebackGate((pageIndex, forced) -> false);
    LongtermPin pin = rig.file.pinLongterm(0, PAGE, Access.WRITE, HOLDER);
    pin.putByte(0, (byte) 'p');
    assertThatThrownBy(rig.file::force).isInstanceOf(GateClosedException.class);
    assertThat(rig.stores.count(Call.WRITE)).isZero();
    rig.file.setWritebackGate(null);
    rig.file.force();
    assertThat(rig.diskLetter(0)).isEqualTo('p');
    assertThat(pin.release()).isTrue();
    rig.assertFree();
  }

  @Test
  void anEvictionAndACloseFailWithNothingChanged() throws Exception {
    rig = Rig.ofPages(dir, 2);
    rig.write(PAGE, PAGE, 'w');
    rig.file.setWritebackGate((pageIndex, forced) -> false);
    assertThatThrownBy(rig.file::evict).isInstanceOf(GateClosedException.class);
    assertThatThrownBy(() -> rig.file.close(Rig.LONG)).isInstanceOf(GateClosedException.class);
    assertThat(Rig.read(rig.file, PAGE, PAGE)).containsOnly('w');
    rig.file.pin(0, 2 * PAGE, Access.READ).close();
    rig.file.truncate(PAGE, Unmapping.DEFAULT); // a cut of the page asks nobody
    rig.file.setWritebackGate(null);
    rig.assertFree();
    assertThat(rig.disk()).isEqualTo(Rig.letters(PAGE, PAGE));
  }

  /** I11: no lock is held, so a gate may use the file; here it logs to it, before the page. */
  @Test
  void aGateMayReadAndWriteTheFileThatItGuards() throws Exception {
    rig = Rig.ofPages(dir, 4);
    WritebackGate gate =
        (pageIndex, forced) -> {
          try {
            if (pageIndex == 0) {
              assertThat(rig.letter(0)).isEqualTo('w');
              rig.write(3 * PAGE, 10, 'l');
              rig.file.pin(0, 1, Access.WRITE).close();
            }
            return true;
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        };
    rig.file.setWritebackGate(gate);
    rig.write(0, 10, 'w');
    rig.file.force();
    assertThat(rig.diskLetter(0)).isEqualTo('w');
    assertThat(rig.diskLetter(3 * PAGE)).isEqualTo('l');
    rig.file.setWritebackGate(null);
    rig.assertFree();
  }
}
