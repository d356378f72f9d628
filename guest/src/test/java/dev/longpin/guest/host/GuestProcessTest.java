package dev.longpin.guest.host;

import static dev.longpin.guest.host.HostRig.PAGE;
import static dev.longpin.guest.host.HostRig.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.api.Unmapping;
import dev.longpin.contract.StoreTests;
import dev.longpin.guest.wire.CutOffReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guests in processes of their own: that let go, late, or never; stopped, killed, and lying. */
@Timeout(600)
class GuestProcessTest {

  private static final Path PYTHON_GUEST = Path.of("../docs/guest.py");

  /** The system's own, which every user may run, if there is one. */
  private static final String PYTHON =
      Files.isExecutable(Path.of("/usr/bin/python3")) ? "/usr/bin/python3" : "python3";

  private static final Duration ANSWER = Duration.ofMillis(100);
  private static final int CUT = 2 * PAGE;
  private static final int SIZE = 4 * PAGE;

  /** More of them by -Dlongpin.guest.rounds. */
  private static final int ROUNDS = Integer.getInteger("longpin.guest.rounds", 10);

  @TempDir private Path dir;

  private HostRig rig() throws IOException {
    HostRig rig = new HostRig(dir, GuestLimits.DEFAULT.withTimes(ANSWER, SOON));
    rig.file.truncate(SIZE);
    return rig;
  }

  private static char letter(int round) {
    return (char) ('a' + round % 26);
  }

  private static void prepare(Child child, int round) throws IOException {
    assertThat(child.ask("connect")).isEqualTo("connected");
    again(child, round);
  }

  private static void again(Child child, int round) throws IOException {
    assertThat(child.ask("pin 0 " + SIZE)).isEqualTo("pinned");
    assertThat(child.ask("write " + letter(round))).isEqualTo("in the file");
  }

  /** Cuts the file under a guest, and looks at what is left; returns how long that took. */
  private static Duration cut(HostRig rig, int round) throws Exception {
    long start = System.nanoTime();
    rig.file.truncate(CUT, Unmapping.within(SOON));
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    check(rig, round);
    return took;
  }

  /** I3: what it had reported, and nothing that it did later. */
  private static void check(HostRig rig, int round) throws IOException {
    rig.file.force();
    assertThat(Files.readAllBytes(rig.path)).isEqualTo(HostRig.letters(letter(round), CUT));
  }

  private static void grow(HostRig rig) throws IOException {
    rig.file.truncate(SIZE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"honest", "slow"})
  void aGuestThatLetsGoIsKept(String kind) throws Exception {
    try (HostRig rig = rig();
        Child child = Child.java(rig.socket.toString(), kind)) {
      prepare(child, 0);
      for (int round = 0; round < ROUNDS; round++) {
        Duration took = cut(rig, round);
        assertThat(took).isLessThan(SOON);
        if (kind.equals("slow")) {
          assertThat(took).isGreaterThan(Duration.ofMillis(20));
        }
        grow(rig);
        again(child, round + 1);
      }
      assertThat(child.ask("close")).isEqualTo("closed");
      rig.checkNothingIsLeft();
      assertThat(rig.host.stats().ended(CutOffReason.NO_ANSWER)).isZero();
      assertThat(rig.host.stats().notices()).isEqualTo(ROUNDS);
    }
  }

  /** I1, I2, I5: it is stopped while its file is truncated, over and over. */
  @Test
  void aStoppedGuestLosesItsMemory() throws Exception {
    try (HostRig rig = rig();
        Child child = Child.java(rig.socket.toString(), "honest")) {
      for (int round = 0; round < ROUNDS; round++) {
        prepare(child, round);
        child.signal("STOP");
        assertThat(cut(rig, round)).isGreaterThan(ANSWER);
        grow(rig);
        child.signal("CONT");
        assertThat(child.ask("wait")).isEqualTo("cut off");
      }
      rig.checkNothingIsLeft();
      assertThat(rig.host.stats().ended(CutOffReason.NO_ANSWER)).isEqualTo(ROUNDS);
      assertThat(rig.host.stats().errors()).isEmpty();
    }
  }

  /** It is stopped at any moment of a truncate, and goes on at any other. */
  @Test
  void aGuestThatIsStoppedDuringATruncate() throws Exception {
    try (HostRig rig = rig();
        Child child = Child.java(rig.socket.toString(), "slow")) {
      for (int round = 0; round < ROUNDS; round++) {
        prepare(child, round);
        CompletableFuture<Void> cut = cutLater(rig, round);
        Thread.sleep(round * 3 % 40);
        child.signal("STOP");
        Thread.sleep(round * 7 % 150);
        child.signal("CONT");
        cut.join();
        child.ask("close");
        grow(rig);
      }
      rig.checkNothingIsLeft();
    }
  }

  private static CompletableFuture<Void> cutLater(HostRig rig, int round) {
    return CompletableFuture.runAsync(() -> {
      try {
        var _ = cut(rig, round);
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    });
  }

  /** It is killed at any moment of a truncate. */
  @Test
  void aKilledGuestIsGone() throws Exception {
    try (HostRig rig = rig()) {
      for (int round = 0; round < Math.max(3, ROUNDS / 5); round++) {
        try (Child child = Child.java(rig.socket.toString(), "deaf")) {
          prepare(child, round);
          CompletableFuture<Void> cut = cutLater(rig, round);
          Thread.sleep(round * 13 % 60);
          child.signal("KILL");
          cut.join();
        }
        grow(rig);
      }
      rig.checkNothingIsLeft();
    }
  }

  /** It says what it should, and writes on: into memory that is no file's. */
  @ParameterizedTest
  @ValueSource(strings = {"liar", "late"})
  void aLiarReachesNothing(String kind) throws Exception {
    try (HostRig rig = rig();
        Child child = Child.java(rig.socket.toString(), kind)) {
      for (int round = 0; round < ROUNDS; round++) {
        grow(rig);
        assertThat(child.ask("connect")).isEqualTo("connected");
        assertThat(child.ask("pin 0 " + SIZE)).isEqualTo("pinned");
        rig.file.truncate(CUT, Unmapping.within(SOON));
        rig.file.write(java.lang.foreign.MemorySegment.ofArray(HostRig.letters('w', CUT)), 0);
        Thread.sleep(5);
        rig.file.force();
        assertThat(Files.readAllBytes(rig.path)).isEqualTo(HostRig.letters('w', CUT));
        if (kind.equals("late")) {
          assertThat(child.ask("wait")).isEqualTo("cut off");
        } else {
          assertThat(child.ask("close")).isEqualTo("closed");
        }
      }
      rig.checkNothingIsLeft();
    }
  }

  private static boolean hasPython() {
    try {
      return new ProcessBuilder(PYTHON, "-c", "import socket; socket.recv_fds")
              .redirectErrorStream(true)
              .start()
              .waitFor()
          == 0;
    } catch (IOException | InterruptedException e) {
      return false;
    }
  }

  private static Child python(HostRig rig, List<String> before) throws IOException {
    StoreTests.skipUnless(hasPython(), "there is no python3 with socket.recv_fds");
    Path program = rig.path.resolveSibling("guest.py"); // where other users can read it
    if (Files.notExists(program)) {
      Files.copy(PYTHON_GUEST, program);
    }
    return new Child(
        Stream.concat(
                before.stream(),
                Stream.of(
                    PYTHON,
                    program.toString(),
                    rig.socket.toString(),
                    "data",
                    "0",
                    Integer.toString(SIZE)))
            .toList());
  }

  /** One that was written from the document alone: it lets go, and is stopped in the end. */
  @Test
  void aGuestInAnotherLanguage() throws Exception {
    try (HostRig rig = rig();
        Child child = python(rig, List.of())) {
      for (int round = 0; round < ROUNDS; round++) {
        assertThat(child.hear()).isEqualTo("wrote " + letter(round) + " True");
        var _ = cut(rig, round);
        assertThat(child.hear()).isEqualTo("let go True");
        grow(rig);
      }
      assertThat(child.hear()).isEqualTo("wrote " + letter(ROUNDS) + " True");
      child.signal("STOP");
      var _ = cut(rig, ROUNDS);
      child.signal("CONT");
      assertThat(child.hear()).startsWith("cut off");
      rig.checkNothingIsLeft();
    }
  }

  /** What a guest that may only read tries, to write all the same. */
  private static final String READER =
      """
      import mmap, os, socket, struct, sys
      s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
      s.connect(sys.argv[1])
      s.send(struct.pack("<HHIQIB", 1, 1, 1, 4096, 0, 1) + b"r")
      packet, (memory,), _, _ = socket.recv_fds(s, 512, 1)
      for attempt in (
          lambda: mmap.mmap(memory, 4096),
          lambda: os.open("/proc/self/fd/%d" % memory, os.O_RDWR),
          lambda: os.fchmod(memory, 0o777),
          lambda: os.pwrite(memory, b"!", 0)):
          try:
              attempt()
              print("done")
          except OSError as e:
              print("refused")
      mmap.mmap(memory, 4096, prot=mmap.PROT_READ)
      print("mapped")
      """;

  private static final int NOBODY = 65534;

  private void openToOthers(HostRig rig, String permissions) throws IOException {
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(rig.socket, PosixFilePermissions.fromString(permissions));
  }

  /**
   * One of another user comes in only where the socket's permissions let it, and can't get more.
   */
  @Test
  void aGuestOfAnotherUser() throws Exception {
    StoreTests.skipUnless(
        StoreTests.isRoot() && Files.isExecutable(Path.of("/usr/bin/setpriv")),
        "only root can start processes of another user");
    List<String> asNobody = List.of("setpriv", "--reuid=" + NOBODY, "--clear-groups");
    try (HostRig rig = rig()) {
      openToOthers(rig, "rw-------");
      try (Child refused = python(rig, asNobody)) {
        assertThat(refused.hear()).isEqualTo("cut off: [Errno 13] Permission denied");
      }
      openToOthers(rig, "rw-rw-rw-");
      try (Child child = python(rig, asNobody)) {
        assertThat(child.hear()).isEqualTo("wrote a True");
        assertThat(rig.host.guests().getFirst().peer().userId()).isEqualTo(NOBODY);
      }
      HostRig.eventually(() -> rig.host.guests().isEmpty());
      List<String> reader =
          Stream.concat(asNobody.stream(), Stream.of(PYTHON, "-c", READER, rig.socket.toString()))
              .toList();
      try (Child child = new Child(reader)) {
        for (int i = 0; i < 4; i++) {
          assertThat(child.hear()).isEqualTo("refused");
        }
        assertThat(child.hear()).isEqualTo("mapped");
      }
      rig.checkNothingIsLeft();
    }
  }
}
