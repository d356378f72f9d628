package dev.longpin.guest.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.UnmapOperation;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CodecTest {

  private static final int MAX_INT = Integer.MAX_VALUE;
  private static final int ROUNDS = 200_000;

  private static Stream<Message> messages() {
    List<Integer> pages = IntStream.range(0, Protocol.MAX_PIN_PAGES).boxed().toList();
    return Stream.of(
        new Message.Hello(1, Long.MAX_VALUE, true, "x".repeat(255)),
        new Message.Hello(-1, 1, false, "größe"),
        new Message.Pin(MAX_INT, Long.MAX_VALUE, MAX_INT, Access.OVERWRITE, "a/b"),
        new Message.Pin(2, 0, 0, Access.READ, "f"),
        new Message.Complete(3, -5, MAX_INT, 0),
        new Message.Told(4, Integer.MIN_VALUE),
        new Message.Quiesced(5, 0),
        new Message.Unmapped(6, 1),
        new Message.Welcome(7, 1 << 20, 4096, 16, 64),
        new Message.Pinned(8, -1, pages),
        new Message.Pinned(8, 9, List.of(MAX_INT)),
        new Message.Done(9, true),
        new Message.Done(9, false),
        new Message.Refused(10, Refusal.BUSY, ""),
        new Message.Refused(10, Refusal.LIMIT, "y".repeat(255)),
        new Message.LetGo(11, UnmapOperation.CLOSE, 0, Long.MAX_VALUE, MAX_INT),
        new Message.CutOff(CutOffReason.NO_ANSWER, "too late"));
  }

  private static Message decode(ByteBuffer packet) throws MalformedMessageException {
    int type = packet.get(2);
    return type < 64 ? Codec.decodeOfGuest(packet) : Codec.decodeOfHost(packet);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void whatIsEncodedIsDecoded(Message message) throws Exception {
    ByteBuffer packet = Codec.encode(message);
    assertThat(packet.remaining()).isLessThanOrEqualTo(Protocol.MAX_PACKET_BYTES);
    assertThat(decode(packet)).isEqualTo(message);
  }

  /** The bytes that docs/GUEST-PROTOCOL.md has, which others were written from. */
  @ParameterizedTest
  @CsvSource({
    "0, 0100 0100 01000000 0000100000000000 01000000 03 6f6e65",
    "1, 0100 0200 02000000 0010000000000000 00200000 01 04 64617461",
    "2, 0100 0300 03000000 efbeadde 00010000 08000000",
    "3, 0100 0400 04000000 efbeadde",
    "4, 0100 0500 05000000 efbeadde",
    "5, 0100 0600 06000000 efbeadde",
    "6, 0100 4100 01000000 0000100000000000 00100000 00040000 40000000",
    "7, 0100 4200 02000000 efbeadde 02000000 07000000 03000000",
    "8, 0100 4300 03000000 01000000",
    "9, 0100 4400 02000000 05000000 04 62757379",
    "10, 0100 4500 00000000 efbeadde 01000000 0010000000000000 0020000000000000 20a10700",
    "11, 0100 4600 00000000 03000000 04 6c617465"
  })
  void theBytesAreThoseOfTheDocument(int number, String hex) throws Exception {
    int key = 0xdeadbeef;
    Message message =
        List.of(
                new Message.Hello(1, 1 << 20, true, "one"),
                new Message.Pin(2, 4096, 8192, Access.WRITE, "data"),
                new Message.Complete(3, key, 256, 8),
                new Message.Told(4, key),
                new Message.Quiesced(5, key),
                new Message.Unmapped(6, key),
                new Message.Welcome(1, 1 << 20, 4096, 1024, 64),
                new Message.Pinned(2, key, List.of(7, 3)),
                new Message.Done(3, true),
                new Message.Refused(2, Refusal.BUSY, "busy"),
                new Message.LetGo(key, UnmapOperation.PUNCH_HOLE, 4096, 8192, 500_000),
                new Message.CutOff(CutOffReason.NO_ANSWER, "late"))
            .get(number);
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    assertThat(Codec.encode(message)).isEqualTo(ByteBuffer.wrap(bytes));
    assertThat(decode(ByteBuffer.wrap(bytes))).isEqualTo(message);
  }

  /** Every number of the enumerations is the wire's: adding one in between changes the protocol. */
  @Test
  void theNumbersAreThoseOfTheDocument() {
    assertThat(Access.values()).containsExactly(Access.READ, Access.WRITE, Access.OVERWRITE);
    assertThat(UnmapOperation.values())
        .containsExactly(
            UnmapOperation.TRUNCATE,
            UnmapOperation.PUNCH_HOLE,
            UnmapOperation.DELETE,
            UnmapOperation.EVICT,
            UnmapOperation.CLOSE);
    assertThat(Stream.of(Refusal.values()).map(Refusal::number))
        .containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(Stream.of(CutOffReason.values()).map(CutOffReason::number))
        .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
  }

  /** One bit, one byte, one length off: a message in its only form, or none. */
  @ParameterizedTest
  @MethodSource("messages")
  void whatIsDamagedIsNoneOrAnother(Message message) {
    byte[] good = bytes(Codec.encode(message));
    for (int length = 0; length < good.length; length++) {
      check(ByteBuffer.wrap(good, 0, length).slice());
    }
    check(ByteBuffer.allocate(good.length + 1).put(good).rewind());
    for (int bit = 0; bit < good.length * Byte.SIZE; bit++) {
      byte[] bad = good.clone();
      bad[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      check(ByteBuffer.wrap(bad));
    }
  }

  @Test
  void randomBytesAreNoneOrOneInItsOnlyForm() {
    Random random = new Random(5);
    for (int i = 0; i < ROUNDS; i++) {
      byte[] bytes = new byte[random.nextInt(Protocol.MAX_PACKET_BYTES + 8)];
      random.nextBytes(bytes);
      if (bytes.length > 3) { // most of the time it gets past the header
        bytes[0] = 1;
        bytes[1] = 0;
        bytes[2] = (byte) (random.nextBoolean() ? random.nextInt(8) : 64 + random.nextInt(8));
        bytes[3] = 0;
      }
      check(ByteBuffer.wrap(bytes));
    }
  }

  private static void check(ByteBuffer packet) {
    byte[] before = bytes(packet.duplicate());
    Message message;
    try {
      message = before.length > 2 ? decode(packet) : Codec.decodeOfGuest(packet);
    } catch (MalformedMessageException e) {
      return;
    }
    assertThat(bytes(Codec.encode(message))).isEqualTo(before);
  }

  private static byte[] bytes(ByteBuffer packet) {
    byte[] bytes = new byte[packet.remaining()];
    packet.get(bytes);
    return bytes;
  }

  @Test
  void anotherVersionIsSaid() {
    ByteBuffer packet = Codec.encode(new Message.Told(1, 2)).putShort(0, (short) 2);
    assertThatThrownBy(() -> Codec.decodeOfGuest(packet))
        .isInstanceOfSatisfying(
            MalformedMessageException.class, e -> assertThat(e.isOtherVersion()).isTrue());
  }

  @Test
  void nobodySpeaksForTheOther() {
    assertThatThrownBy(() -> Codec.decodeOfGuest(Codec.encode(new Message.Done(1, true))))
        .isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(() -> Codec.decodeOfHost(Codec.encode(new Message.Told(1, 2))))
        .isInstanceOf(MalformedMessageException.class);
  }

  @Test
  void whatIsOutOfBoundsIsNotSent() throws Exception {
    assertThatThrownBy(() -> Codec.encode(new Message.Hello(1, -1, true, "x")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Codec.encode(new Message.Hello(1, 1, true, "ü".repeat(128))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Codec.encode(new Message.Pinned(1, 2, List.of())))
        .isInstanceOf(IllegalArgumentException.class);
    Message cut = new Message.CutOff(CutOffReason.FAILED, "ü".repeat(200));
    assertThat(Codec.decodeOfHost(Codec.encode(cut)))
        .isEqualTo(new Message.CutOff(CutOffReason.FAILED, "ü".repeat(127)));
  }
}
