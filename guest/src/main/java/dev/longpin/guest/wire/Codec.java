package dev.longpin.guest.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.longpin.api.Access;
import dev.longpin.api.UnmapOperation;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Messages as bytes, one a packet, little-endian:
 *
 * <pre>
 *   0       2       4               8
 *   +-------+-------+---------------+----------------
 *   |version| type  |      tag      | of the type ...
 *   +-------+-------+---------------+----------------
 * </pre>
 *
 * <p>A packet is exactly as long as its message, every field is in its bounds, and every message
 * has one form only: what is decoded, encoded again, is the same bytes.
 */
public final class Codec {

  private static final int WRITABLE = 1;
  private static final int IN_FILE = 1;

  private static final int HELLO = 1;
  private static final int PIN = 2;
  private static final int COMPLETE = 3;
  private static final int TOLD = 4;
  private static final int QUIESCED = 5;
  private static final int UNMAPPED = 6;
  private static final int WELCOME = 65;
  private static final int PINNED = 66;
  private static final int DONE = 67;
  private static final int REFUSED = 68;
  private static final int LET_GO = 69;
  private static final int CUT_OFF = 70;

  private Codec() {}

  static <T> Optional<T> find(T[] values, Predicate<T> which) {
    return Arrays.stream(values).filter(which).findFirst();
  }

  /**
   * Returns the packet of a message.
   *
   * @throws IllegalArgumentException if a field is out of its bounds; a text is cut instead
   */
  public static ByteBuffer encode(Message message) {
    ByteBuffer packet =
        ByteBuffer.allocate(Protocol.MAX_PACKET_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    packet.putShort((short) Protocol.VERSION).putShort((short) typeOf(message));
    packet.putInt(message.tag());
    switch (message) {
      case Message.Hello m -> {
        packet.putLong(notNegative(m.memoryBytes())).putInt(m.writable() ? WRITABLE : 0);
        putName(packet, m.name());
      }
      case Message.Pin m -> {
        packet.putLong(notNegative(m.offset())).putInt((int) notNegative(m.lengthBytes()));
        packet.put((byte) m.access().ordinal());
        putName(packet, m.file());
      }
      case Message.Complete m ->
          packet
              .putInt(m.key())
              .putInt((int) notNegative(m.position()))
              .putInt((int) notNegative(m.lengthBytes()));
      case Message.OfPin m -> packet.putInt(m.key());
      case Message.Welcome m ->
          packet
              .putLong(notNegative(m.memoryBytes()))
              .putInt((int) notNegative(m.pageSize()))
              .putInt((int) notNegative(m.maxPins()))
              .putInt((int) notNegative(m.maxPinPages()));
      case Message.Pinned m -> {
        if (m.pages().isEmpty() || m.pages().size() > Protocol.MAX_PIN_PAGES) {
          throw new IllegalArgumentException("a pin of " + m.pages().size() + " pages");
        }
        packet.putInt(m.key()).putInt(m.pages().size());
        m.pages().forEach(page -> packet.putInt((int) notNegative(page)));
      }
      case Message.Done m -> packet.putInt(m.inFile() ? IN_FILE : 0);
      case Message.Refused m -> {
        packet.putInt(m.reason().number());
        putText(packet, m.text());
      }
      case Message.LetGo m ->
          packet
              .putInt(m.key())
              .putInt(m.operation().ordinal())
              .putLong(notNegative(m.offset()))
              .putLong(notNegative(m.lengthBytes()))
              .putInt((int) notNegative(m.micros()));
      case Message.CutOff m -> {
        packet.putInt(m.reason().number());
        putText(packet, m.text());
      }
    }
    return packet.flip();
  }

  private static int typeOf(Message message) {
    return switch (message) {
      case Message.Hello _ -> HELLO;
      case Message.Pin _ -> PIN;
      case Message.Complete _ -> COMPLETE;
      case Message.Told _ -> TOLD;
      case Message.Quiesced _ -> QUIESCED;
      case Message.Unmapped _ -> UNMAPPED;
      case Message.Welcome _ -> WELCOME;
      case Message.Pinned _ -> PINNED;
      case Message.Done _ -> DONE;
      case Message.Refused _ -> REFUSED;
      case Message.LetGo _ -> LET_GO;
      case Message.CutOff _ -> CUT_OFF;
    };
  }

  private static long notNegative(long value) {
    if (value < 0) {
      throw new IllegalArgumentException("negative: " + value);
    }
    return value;
  }

  private static void putName(ByteBuffer packet, String name) {
    byte[] bytes = name.getBytes(UTF_8);
    if (bytes.length == 0 || bytes.length > Protocol.MAX_TEXT_BYTES) {
      throw new IllegalArgumentException("a name of " + bytes.length + " bytes: " + name);
    }
    packet.put((byte) bytes.length).put(bytes);
  }

  /** A text that is too long is cut, between two characters. */
  private static void putText(ByteBuffer packet, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    int length = Math.min(bytes.length, Protocol.MAX_TEXT_BYTES);
    while (length < bytes.length && (bytes[length] & 0xc0) == 0x80) {
      length--;
    }
    packet.put((byte) length).put(bytes, 0, length);
  }

  /**
   * Returns what a guest sent; the packet's position moves to its end.
   *
   * @throws MalformedMessageException if it is none of a guest's messages
   */
  public static Message.OfGuest decodeOfGuest(ByteBuffer packet) throws MalformedMessageException {
    if (decode(packet) instanceof Message.OfGuest message) {
      return message;
    }
    throw new MalformedMessageException("a message that only a host may send");
  }

  /**
   * Returns what a host sent, likewise.
   *
   * @throws MalformedMessageException if it is none of a host's messages
   */
  public static Message.OfHost decodeOfHost(ByteBuffer packet) throws MalformedMessageException {
    if (decode(packet) instanceof Message.OfHost message) {
      return message;
    }
    throw new MalformedMessageException("a message that only a guest may send");
  }

  private static Message decode(ByteBuffer packet) throws MalformedMessageException {
    packet.order(ByteOrder.LITTLE_ENDIAN);
    int size = packet.remaining();
    if (size > Protocol.MAX_PACKET_BYTES) {
      throw new MalformedMessageException("a packet of " + size + " bytes");
    }
    need(packet, Short.BYTES);
    int version = Short.toUnsignedInt(packet.getShort());
    if (version != Protocol.VERSION) {
      throw MalformedMessageException.ofVersion(version);
    }
    need(packet, Short.BYTES + Integer.BYTES);
    int type = Short.toUnsignedInt(packet.getShort());
    int tag = packet.getInt();
    Message message = decodeBody(packet, type, tag);
    if (packet.hasRemaining()) {
      throw new MalformedMessageException(packet.remaining() + " bytes after the message");
    }
    if ((message instanceof Message.LetGo || message instanceof Message.CutOff)
        && tag != Protocol.NO_TAG) {
      throw new MalformedMessageException("an answer to nothing, with tag " + tag);
    }
    return message;
  }

  private static Message decodeBody(ByteBuffer packet, int type, int tag)
      throws MalformedMessageException {
    return switch (type) {
      case HELLO ->
          new Message.Hello(tag, getLong(packet), getFlag(packet, WRITABLE), getName(packet));
      case PIN ->
          new Message.Pin(
              tag,
              getLong(packet),
              getInt(packet),
              getOneOf(Access.values(), getByte(packet)),
              getName(packet));
      case COMPLETE -> new Message.Complete(tag, getAnyInt(packet), getInt(packet), getInt(packet));
      case TOLD -> new Message.Told(tag, getAnyInt(packet));
      case QUIESCED -> new Message.Quiesced(tag, getAnyInt(packet));
      case UNMAPPED -> new Message.Unmapped(tag, getAnyInt(packet));
      case WELCOME ->
          new Message.Welcome(tag, getLong(packet), getInt(packet), getInt(packet), getInt(packet));
      case PINNED -> new Message.Pinned(tag, getAnyInt(packet), getPages(packet));
      case DONE -> new Message.Done(tag, getFlag(packet, IN_FILE));
      case REFUSED -> {
        int number = getInt(packet);
        yield new Message.Refused(tag, known(Refusal.of(number), number), getText(packet));
      }
      case LET_GO ->
          new Message.LetGo(
              getAnyInt(packet),
              getOneOf(UnmapOperation.values(), getInt(packet)),
              getLong(packet),
              getLong(packet),
              getInt(packet));
      case CUT_OFF -> {
        int number = getInt(packet);
        yield new Message.CutOff(known(CutOffReason.of(number), number), getText(packet));
      }
      default -> throw new MalformedMessageException("type " + type);
    };
  }

  private static void need(ByteBuffer packet, int bytes) throws MalformedMessageException {
    if (packet.remaining() < bytes) {
      throw new MalformedMessageException(
          "it ends after " + packet.limit() + " bytes, within a field");
    }
  }

  private static long getLong(ByteBuffer packet) throws MalformedMessageException {
    need(packet, Long.BYTES);
    long value = packet.getLong();
    if (value < 0) {
      throw new MalformedMessageException(Long.toUnsignedString(value) + " is too large");
    }
    return value;
  }

  private static int getByte(ByteBuffer packet) throws MalformedMessageException {
    need(packet, 1);
    return Byte.toUnsignedInt(packet.get());
  }

  private static int getAnyInt(ByteBuffer packet) throws MalformedMessageException {
    need(packet, Integer.BYTES);
    return packet.getInt();
  }

  private static int getInt(ByteBuffer packet) throws MalformedMessageException {
    int value = getAnyInt(packet);
    if (value < 0) {
      throw new MalformedMessageException(Integer.toUnsignedString(value) + " is too large");
    }
    return value;
  }

  private static boolean getFlag(ByteBuffer packet, int flag) throws MalformedMessageException {
    int flags = getAnyInt(packet);
    if ((flags & ~flag) != 0) {
      throw new MalformedMessageException("flags 0x" + Integer.toHexString(flags));
    }
    return flags != 0;
  }

  private static <T> T getOneOf(T[] values, int number) throws MalformedMessageException {
    if (number < 0 || number >= values.length) {
      throw new MalformedMessageException("number " + number);
    }
    return values[number];
  }

  private static <T> T known(Optional<T> value, int number) throws MalformedMessageException {
    return value.orElseThrow(() -> new MalformedMessageException("reason " + number));
  }

  private static List<Integer> getPages(ByteBuffer packet) throws MalformedMessageException {
    int count = getInt(packet);
    if (count < 1 || count > Protocol.MAX_PIN_PAGES) {
      throw new MalformedMessageException("a pin of " + count + " pages");
    }
    List<Integer> pages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      pages.add(getInt(packet));
    }
    return pages;
  }

  private static String getName(ByteBuffer packet) throws MalformedMessageException {
    String name = getText(packet);
    if (name.isEmpty()) {
      throw new MalformedMessageException("an empty name");
    }
    return name;
  }

  private static String getText(ByteBuffer packet) throws MalformedMessageException {
    int length = getByte(packet);
    need(packet, length);
    ByteBuffer bytes = packet.slice(packet.position(), length);
    packet.position(packet.position() + length);
    try {
      return UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedMessageException("a text that is not UTF-8");
    }
  }
}
