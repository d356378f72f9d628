package dev.longpin.guest.host;

import static dev.longpin.guest.host.HostRig.MEMORY;
import static dev.longpin.guest.host.HostRig.PAGE;
import static dev.longpin.guest.host.HostRig.PAGES;
import static dev.longpin.guest.host.HostRig.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.UnmapOperation;
import dev.longpin.api.Unmapping;
import dev.longpin.guest.Guest;
import dev.longpin.guest.GuestException;
import dev.longpin.guest.GuestHandler;
import dev.longpin.guest.GuestPin;
import dev.longpin.guest.Notice;
import dev.longpin.guest.socket.PacketSocket;
import dev.longpin.guest.wire.Codec;
import dev.longpin.guest.wire.CutOffReason;
import dev.longpin.guest.wire.Message;
import dev.longpin.guest.wire.Protocol;
import dev.longpin.guest.wire.Refusal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A host and its guests, in one process; what they map are two mappings all the same. */
@Timeout(120)
class GuestHostTest {

  private static final GuestHandler NO_HANDLER = (_, _) -> {};
  private static final GuestHandler LETS_GO =
      (pin, _) -> {
        pin.quiesced();
        pin.unmapped();
      };

  @TempDir private Path dir;

  private HostRig rig() throws IOException {
    return new HostRig(dir, GuestLimits.DEFAULT.withGuests(32, 4 << 20));
  }

  private static void assertRefused(ThrowingCallable call, Refusal refusal) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            GuestException.class, e -> assertThat(e.refusal()).contains(refusal));
  }

  /** I3: what a guest wrote and reported is in the file after a force. */
  @Test
  void aGuestReadsAndWrites() throws Exception {
    try (HostRig rig = rig()) {
      try (Guest guest = rig.guest(NO_HANDLER)) {
        GuestPin pin = guest.pin("data", PAGE + 100, 2 * PAGE, Access.WRITE);
        assertThat(pin.segments()).hasSize(3);
        assertThat(pin.segments().get(0).byteSize()).isEqualTo(PAGE - 100);
        assertThat(pin.segments().get(0).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))
            .containsOnly('B');
        HostRig.fill(pin.segments().get(1), 'g');
        assertThat(pin.complete(PAGE - 100, PAGE)).isTrue();
        assertThat(rig.read(2 * PAGE)).isEqualTo((byte) 'g');
        rig.file.force();
        assertThat(Files.readAllBytes(rig.path)[2 * PAGE + 7]).isEqualTo((byte) 'g');
        assertThat(pin.quiesced()).isTrue();
        HostRig.fill(pin.segments().get(1), '!');
        assertRefused(pin::complete, Refusal.QUIESCED);
        assertRefused(pin::quiesced, Refusal.QUIESCED);
        assertThat(rig.read(2 * PAGE)).isEqualTo((byte) 'g');
        assertThat(pin.unmapped()).isTrue();
        assertRefused(pin::unmapped, Refusal.NO_SUCH_PIN);
      }
      rig.checkNothingIsLeft();
      assertThat(rig.host.stats().ended(CutOffReason.GONE)).isEqualTo(1);
      assertThat(rig.host.stats().errors()).isEmpty();
    }
  }

  /** I2: a truncate tells a guest, and returns when it has let go. */
  @Test
  void aGuestLetsGo() throws Exception {
    ConcurrentLinkedQueue<Notice> notices = new ConcurrentLinkedQueue<>();
    try (HostRig rig = rig()) {
      Guest guest =
          rig.guest((pin, notice) -> {
            notices.add(notice);
            LETS_GO.letGo(pin, notice);
          });
      GuestPin pin = guest.pin("data", 0, 4 * PAGE, Access.WRITE);
      HostRig.fill(pin.segments().get(0), 'g');
      assertThat(pin.complete()).isTrue();
      rig.file.truncate(PAGE, Unmapping.within(SOON));
      assertThat(notices).hasSize(1);
      Notice notice = notices.remove();
      assertThat(notice.operation()).isEqualTo(UnmapOperation.TRUNCATE);
      assertThat(notice.offset()).isEqualTo(PAGE);
      assertThat(notice.within()).isEqualTo(GuestLimits.DEFAULT.answerWithin());
      HostRig.fill(pin.segments().get(0), '!');
      assertThat(rig.read(1)).isEqualTo((byte) 'g');
      assertThat(guest.isCutOff()).isFalse();
      guest.close();
      rig.checkNothingIsLeft();
    }
  }

  /** I1, I5: one that never answers loses its memory, before the truncate would fail. */
  @Test
  void aGuestThatDoesNotAnswerIsCutOff() throws Exception {
    GuestLimits limits = GuestLimits.DEFAULT.withTimes(Duration.ofMillis(100), SOON);
    ConcurrentLinkedQueue<String> cut = new ConcurrentLinkedQueue<>();
    GuestHandler deaf =
        new GuestHandler() {
          @Override
          public void letGo(GuestPin pin, Notice notice) {}

          @Override
          public void cutOff(String why) {
            cut.add(why);
          }
        };
    try (HostRig rig = new HostRig(dir, limits)) {
      Guest guest = rig.guest(deaf);
      GuestPin pin = guest.pin("data", 0, 4 * PAGE, Access.WRITE);
      HostRig.fill(pin.segments().get(0), 'g');
      assertThat(pin.complete()).isTrue();
      rig.file.truncate(PAGE, Unmapping.within(SOON));
      HostRig.eventually(guest::isCutOff);
      HostRig.fill(pin.segments().get(0), '!');
      assertThat(rig.read(1)).isEqualTo((byte) 'g');
      assertThatThrownBy(pin::complete).isInstanceOf(GuestException.class);
      HostRig.eventually(() -> !cut.isEmpty());
      assertThat(cut.remove()).contains("NO_ANSWER", "100 ms");
      rig.checkNothingIsLeft();
      assertThat(rig.host.stats().ended(CutOffReason.NO_ANSWER)).isEqualTo(1);
    }
  }

  /** A guest that is gone is no guest: its memory comes back with what it had reported. */
  @Test
  void aGuestThatLeavesWithPins() throws Exception {
    try (HostRig rig = rig()) {
      for (int i = 0; i < 20; i++) {
        Guest guest = rig.guest(NO_HANDLER);
        GuestPin pin = guest.pin("data", 0, 2 * PAGE, Access.WRITE);
        HostRig.fill(pin.segments().get(0), (char) ('a' + i));
        assertThat(pin.complete()).isTrue();
        guest.close();
        rig.file.truncate(PAGE, Unmapping.within(SOON));
        assertThat(rig.read(9)).isEqualTo((byte) ('a' + i));
        rig.file.truncate(2 * PAGE);
      }
      rig.checkNothingIsLeft();
    }
  }

  @Test
  void whoMayNotHasNothing() throws Exception {
    try (HostRig rig = rig();
        Guest writer = rig.guest(NO_HANDLER);
        Guest reader = Guest.connect(rig.socket, "reader", MEMORY, false, NO_HANDLER)) {
      assertRefused(() -> writer.pin("nothing", 0, 1, Access.READ), Refusal.NOT_ALLOWED);
      assertRefused(() -> writer.pin("read", 0, 1, Access.WRITE), Refusal.NOT_ALLOWED);
      // It could write there, though it says that it won't.
      assertRefused(() -> writer.pin("read", 0, 1, Access.READ), Refusal.NOT_ALLOWED);
      assertRefused(() -> reader.pin("data", 0, 1, Access.WRITE), Refusal.NOT_ALLOWED);
      GuestPin pin = reader.pin("read", 0, 1, Access.READ);
      assertThat(pin.segments().get(0).isReadOnly()).isTrue();
      assertThat(pin.segments().get(0).get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0))
          .isEqualTo((byte) 'A');
      pin.close();
    }
  }

  /** The memory of a guest that only reads can't be mapped for writing. */
  @Test
  void aReadersMemoryIsReadOnly() throws Exception {
    try (HostRig rig = rig();
        HostRig.Raw raw = rig.raw()) {
      raw.send(new Message.Hello(1, MEMORY, false, "reader"));
      var received = raw.packets.receive(ByteBuffer.allocate(Protocol.MAX_PACKET_BYTES), true);
      var calls = PacketSocket.calls();
      long writable = calls.memory().map(received.passed(), 0, MEMORY, 0);
      assertThat(writable).isEqualTo(-13); // EACCES
      assertThat(calls.memory().mapReadOnly(received.passed(), 0, MEMORY)).isPositive();
      calls.files().close(received.passed());
    }
  }

  @Test
  void limitsHold() throws Exception {
    GuestLimits limits = GuestLimits.DEFAULT.withGuests(2, MEMORY).withPins(3, 2);
    try (HostRig rig = new HostRig(dir, limits);
        Guest guest = rig.guest(NO_HANDLER)) {
      assertRefused(
          () -> Guest.connect(rig.socket, "greedy", 2 * MEMORY, true, NO_HANDLER), Refusal.LIMIT);
      HostRig.eventually(() -> rig.host.guests().size() == 1);
      assertRefused(() -> guest.pin("data", 0, 3 * PAGE, Access.READ), Refusal.LIMIT);
      assertRefused(() -> guest.pin("data", 1, 2 * PAGE, Access.READ), Refusal.LIMIT);
      assertRefused(() -> guest.pin("data", 0, 0, Access.READ), Refusal.RANGE);
      assertRefused(() -> guest.pin("data", (long) PAGES * PAGE, 1, Access.READ), Refusal.RANGE);
      assertRefused(() -> guest.pin("data", Long.MAX_VALUE, 1, Access.READ), Refusal.RANGE);
      for (int i = 0; i < 3; i++) {
        var _ = guest.pin("data", (long) i * PAGE, PAGE, Access.READ);
      }
      assertRefused(() -> guest.pin("data", 4 * PAGE, PAGE, Access.READ), Refusal.LIMIT);
      try (Guest _ = rig.guest(NO_HANDLER)) {
        assertThatThrownBy(() -> rig.guest(NO_HANDLER)).hasMessageContaining("TOO_MANY_GUESTS");
      }
    }
  }

  @Test
  void memoryThatIsNotThereIsRefused() throws Exception {
    try (HostRig rig = rig();
        Guest _ = Guest.connect(rig.socket, "big", 4 << 20, true, NO_HANDLER)) {
      assertRefused(() -> rig.guest(NO_HANDLER), Refusal.NO_ROOM);
    }
  }

  @Test
  void whoSaysNoHelloIsCutOff() throws Exception {
    GuestLimits limits = GuestLimits.DEFAULT.withTimes(SOON, Duration.ofMillis(50));
    try (HostRig rig = new HostRig(dir, limits);
        HostRig.Raw raw = rig.raw()) {
      assertThat(raw.next())
          .isInstanceOfSatisfying(
              Message.CutOff.class, m -> assertThat(m.reason()).isEqualTo(CutOffReason.NO_HELLO));
      assertThat(raw.next()).isNull();
    }
  }

  @Test
  void anotherVersionIsCutOff() throws Exception {
    try (HostRig rig = rig();
        HostRig.Raw raw = rig.raw()) {
      ByteBuffer packet = Codec.encode(new Message.Hello(1, MEMORY, true, "new"));
      raw.packets.sendPacket(packet.putShort(0, (short) 2), -1);
      assertCutOff(raw, CutOffReason.VERSION);
    }
  }

  private static void assertCutOff(HostRig.Raw raw, CutOffReason reason) throws IOException {
    Message.OfHost last = raw.next();
    while (last != null && !(last instanceof Message.CutOff)) {
      last = raw.next();
    }
    assertThat(last)
        .isInstanceOfSatisfying(
            Message.CutOff.class, m -> assertThat(m.reason()).isEqualTo(reason));
  }

  @Test
  void whatHasNoPlaceThereEndsTheSession() throws Exception {
    try (HostRig rig = rig()) {
      List<byte[]> bad = new ArrayList<>();
      bad.add(new byte[] {1, 0, 99, 0, 0, 0, 0, 0});
      bad.add(new byte[] {1});
      bad.add(new byte[Protocol.MAX_PACKET_BYTES + 1]);
      bad.add(array(new Message.Done(1, true)));
      bad.add(array(new Message.Hello(1, MEMORY, true, "again")));
      bad.get(2)[0] = 1;
      for (byte[] packet : bad) {
        try (HostRig.Raw raw = rig.raw()) {
          raw.hello();
          raw.packets.sendPacket(ByteBuffer.wrap(packet), -1);
          assertCutOff(raw, CutOffReason.PROTOCOL);
        }
      }
      try (HostRig.Raw raw = rig.raw()) {
        raw.send(new Message.Told(1, 1));
        assertCutOff(raw, CutOffReason.PROTOCOL);
      }
      try (HostRig.Raw raw = rig.raw()) { // a descriptor, which would be the host's to close
        raw.hello();
        raw.packets.send(new Message.Told(1, 1), 0);
        assertCutOff(raw, CutOffReason.PROTOCOL);
      }
      rig.checkNothingIsLeft();
    }
  }

  private static byte[] array(Message message) {
    ByteBuffer packet = Codec.encode(message);
    byte[] bytes = new byte[packet.remaining()];
    packet.get(bytes);
    return bytes;
  }

  /** Nobody sees more of others than that they are there. */
  @Test
  void theKeyOfAnothersPinIsNone() throws Exception {
    try (HostRig rig = rig();
        Guest guest = rig.guest(NO_HANDLER);
        HostRig.Raw raw = rig.raw()) {
      GuestPin pin = guest.pin("data", 0, PAGE, Access.WRITE);
      raw.hello();
      int key = pin.key();
      for (Message answer :
          List.of(
              new Message.Told(1, key),
              new Message.Quiesced(2, key),
              new Message.Unmapped(3, key),
              new Message.Complete(4, key, 0, 1))) {
        assertThat(raw.ask(answer))
            .isEqualTo(new Message.Refused(answer.tag(), Refusal.NO_SUCH_PIN, "no such pin"));
      }
      assertThat(raw.ask(new Message.Pin(5, 0, PAGE, Access.READ, "data")))
          .isInstanceOfSatisfying(
              Message.Refused.class,
              refused -> assertThat(refused.reason()).isEqualTo(Refusal.BUSY));
      assertThat(pin.complete()).isTrue();
    }
  }

  /** Random packets, and damaged ones, to a host that goes on serving another guest. */
  @Test
  void randomPacketsHarmNobodyElse() throws Exception {
    Random random = new Random(17);
    try (HostRig rig = rig()) {
      Guest guest = rig.guest(LETS_GO);
      for (int round = 0; round < 300; round++) {
        GuestPin pin = guest.pin("data", 0, PAGE, Access.WRITE);
        try (HostRig.Raw raw = rig.raw()) {
          if (random.nextInt(4) > 0) {
            raw.hello();
          }
          for (int i = 0; i < 20; i++) {
            if (raw.packets.sendPacket(packet(random), -1) < 0) {
              break;
            }
          }
        }
        HostRig.fill(pin.segments().get(0), (char) ('a' + round % 26));
        assertThat(pin.complete()).isTrue();
        pin.close();
        assertThat(rig.read(0)).isEqualTo((byte) ('a' + round % 26));
      }
      guest.close();
      rig.checkNothingIsLeft();
      assertThat(rig.host.stats().errors()).isEmpty();
      assertThat(rig.host.stats().ended(CutOffReason.PROTOCOL)).isPositive();
    }
  }

  private static ByteBuffer packet(Random random) {
    Message message =
        switch (random.nextInt(6)) {
          case 0 -> new Message.Hello(random.nextInt(), random.nextInt(1 << 20), true, "x");
          case 1 ->
              new Message.Pin(
                  random.nextInt(),
                  (long) random.nextInt(4 * PAGES) * PAGE,
                  random.nextInt(8 * PAGE),
                  Access.values()[random.nextInt(3)],
                  "data");
          case 2 -> new Message.Complete(1, random.nextInt(), 0, random.nextInt(PAGE));
          case 3 -> new Message.Quiesced(random.nextInt(), random.nextInt());
          case 4 -> new Message.Unmapped(random.nextInt(), random.nextInt());
          default -> new Message.Told(random.nextInt(), random.nextInt());
        };
    byte[] bytes = array(message);
    for (int damage = random.nextInt(20) - 17; damage > 0; damage--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    return ByteBuffer.wrap(bytes);
  }

  /** One who never receives is cut off when its socket is full, and holds nobody up. */
  @Test
  void whoDoesNotReceiveIsCutOff() throws Exception {
    try (HostRig rig = rig();
        HostRig.Raw raw = rig.raw()) {
      raw.hello();
      ByteBuffer packet = Codec.encode(new Message.Told(1, 1));
      HostRig.eventually(() -> {
        long sent = raw.packets.sendPacket(packet.duplicate(), -1);
        return sent == -32; // EPIPE
      });
      HostRig.eventually(() -> rig.host.stats().ended(CutOffReason.NOT_RECEIVING) == 1);
      rig.checkNothingIsLeft();
    }
  }

  /** So many messages a second are taken, and no more. */
  @Test
  void aFloodIsSlowedDown() throws Exception {
    try (HostRig rig = new HostRig(dir, GuestLimits.DEFAULT.withMessagesPerSecond(100));
        HostRig.Raw raw = rig.raw()) {
      raw.hello();
      long start = System.nanoTime();
      for (int i = 0; i < 60; i++) {
        assertThat(raw.ask(new Message.Told(i, 1))).isInstanceOf(Message.Refused.class);
      }
      assertThat(System.nanoTime() - start).isGreaterThan(300_000_000L);
    }
  }

  /** The host closes with guests that have pins; the file has what they had reported. */
  @Test
  void aHostThatCloses() throws Exception {
    try (HostRig rig = rig()) {
      List<Guest> guests = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Guest guest = rig.guest(NO_HANDLER);
        GuestPin pin = guest.pin("data", (long) i * PAGE, PAGE, Access.WRITE);
        HostRig.fill(pin.segments().get(0), (char) ('p' + i));
        assertThat(pin.complete()).isTrue();
        guests.add(guest);
      }
      rig.host.close();
      for (int i = 0; i < 4; i++) {
        HostRig.eventually(guests.get(i)::isCutOff);
        assertThat(rig.read((long) i * PAGE)).isEqualTo((byte) ('p' + i));
      }
      assertThat(rig.socket).doesNotExist();
      assertThat(rig.host.stats().ended(CutOffReason.CLOSING)).isEqualTo(4);
      rig.checkNothingIsLeft();
    }
  }

  @Test
  void theSocketIsItsUsersOnly() throws Exception {
    try (HostRig rig = rig()) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(rig.socket)))
          .isEqualTo("rw-------");
      assertThatThrownBy(
              () -> GuestHost.open(rig.cache, rig.socket, (_, _, _) -> null, GuestLimits.DEFAULT))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("EADDRINUSE");
    }
  }
}
