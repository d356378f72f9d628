package dev.longpin.guest.wire;

import dev.longpin.api.Access;
import dev.longpin.api.UnmapOperation;
import java.util.List;

/**
 * A message of the protocol. What a record holds is in its bounds: {@link Codec} neither makes nor
 * takes another. Offsets and lengths are in bytes.
 */
public sealed interface Message {

  /** Returns by which number the guest knows a request and its answer; 0 if it answers nothing. */
  int tag();

  /** What a guest says. Each is answered once. */
  sealed interface OfGuest extends Message {}

  /** What a host says. */
  sealed interface OfHost extends Message {}

  /** What a guest says of one of its pins. */
  sealed interface OfPin extends OfGuest {
    /** Returns the key of the pin. */
    int key();
  }

  /**
   * Comes first: asks for memory.
   *
   * @param memoryBytes how much at least
   * @param writable whether the guest may write to it, and so to every page that comes there
   * @param name who it is, for people
   */
  record Hello(int tag, long memoryBytes, boolean writable, String name) implements OfGuest {}

  /** Asks for pages of a file. */
  record Pin(int tag, long offset, int lengthBytes, Access access, String file)
      implements OfGuest {}

  /** An access to a part of a pin completed; {@code position} is from the start of the pin. */
  record Complete(int tag, int key, int position, int lengthBytes) implements OfPin {}

  /** The notice arrived. */
  record Told(int tag, int key) implements OfPin {}

  /** No access is under way, and none will start. */
  record Quiesced(int tag, int key) implements OfPin {}

  /** Nothing is left of the pin, which is quiesced as well. */
  record Unmapped(int tag, int key) implements OfPin {}

  /** Answers {@link Hello}; the descriptor of the memory comes with it. */
  record Welcome(int tag, long memoryBytes, int pageSize, int maxPins, int maxPinPages)
      implements OfHost {}

  /**
   * Answers {@link Pin}.
   *
   * @param pages where the pages lie, in the order of the file: numbers of pages of the memory
   */
  record Pinned(int tag, int key, List<Integer> pages) implements OfHost {
    /** Keeps a copy. */
    public Pinned {
      pages = List.copyOf(pages);
    }
  }

  /**
   * Answers {@link Complete}, {@link Told}, {@link Quiesced} and {@link Unmapped}.
   *
   * @param inFile whether all that it was about is the file's
   */
  record Done(int tag, boolean inFile) implements OfHost {}

  /** Answers any request: nothing was done. */
  record Refused(int tag, Refusal reason, String text) implements OfHost {}

  /**
   * The file needs its pages: let go of a pin.
   *
   * @param offset of what the file needs; {@code lengthBytes} may be to the end of all files
   * @param micros how soon, before the memory is taken away
   */
  record LetGo(int key, UnmapOperation operation, long offset, long lengthBytes, int micros)
      implements OfHost {
    @Override
    public int tag() {
      return Protocol.NO_TAG;
    }
  }

  /** The memory was taken away; nothing follows. */
  record CutOff(CutOffReason reason, String text) implements OfHost {
    @Override
    public int tag() {
      return Protocol.NO_TAG;
    }
  }
}
