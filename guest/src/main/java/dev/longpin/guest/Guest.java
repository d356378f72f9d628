package dev.longpin.guest;

import dev.longpin.api.Access;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.base.Seam;
import dev.longpin.guest.socket.PacketSocket;
import dev.longpin.guest.wire.Codec;
import dev.longpin.guest.wire.MalformedMessageException;
import dev.longpin.guest.wire.Message;
import dev.longpin.guest.wire.Protocol;
import dev.longpin.linux.sys.Downcalls;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.PacketCalls;
import dev.longpin.linux.sys.SystemCalls;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A guest: memory that a {@linkplain dev.longpin.guest.host.GuestHost host} in another process puts
 * pages of files in, and takes away if the guest does not let go of them when it is told to.
 *
 * <p>Safe for use by several threads.
 */
public final class Guest implements AutoCloseable {

  /** How long a request waits for its answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final PacketSocket socket;
  private final GuestHandler handler;
  private final EventCount changed = new EventCount();
  private final Mutex lock = new Mutex(LockRank.STORE);

  // Set by hello.
  private MemorySegment memory = MemorySegment.NULL;
  private int pageSize;

  // Under the lock.
  private int lastTag = Protocol.NO_TAG;
  private final Map<Integer, Pending> waiting = new HashMap<>();
  private final Map<Integer, GuestPin> pins = new HashMap<>();
  private @Nullable String ended;
  private int passed = -1;

  /** A request, until its answer comes. */
  private static final class Pending {
    final Message.OfGuest request;
    Message.@Nullable OfHost answer; // under the lock

    Pending(Message.OfGuest request) {
      this.request = request;
    }
  }

  private Guest(PacketSocket socket, GuestHandler handler) {
    this.socket = socket;
    this.handler = handler;
  }

  /**
   * Connects to a host.
   *
   * @param path of the host's socket
   * @param name who this is, for people: 1 to 255 bytes
   * @param memoryBytes how much memory it wants at least
   * @param writable whether it will write; if not the memory can't be written to
   * @throws GuestException if the host refuses
   * @throws IOException if there is no host, or the memory can't be mapped
   */
  public static Guest connect(
      Path path, String name, long memoryBytes, boolean writable, GuestHandler handler)
      throws IOException {
    Guest guest = new Guest(PacketSocket.connect(path), handler);
    Seam.startDaemon("longpin-guest", guest::listen);
    boolean done = false;
    try {
      guest.hello(name, memoryBytes, writable);
      done = true;
      return guest;
    } finally {
      if (!done) {
        guest.close();
      }
    }
  }

  private void hello(String name, long memoryBytes, boolean writable) throws IOException {
    Message answer = request(tag -> new Message.Hello(tag, memoryBytes, writable, name));
    if (!(answer instanceof Message.Welcome welcome)) {
      throw new GuestException("the host answered " + answer);
    }
    SystemCalls calls = PacketSocket.calls();
    int descriptor = takePassed();
    if (descriptor < 0) {
      throw new GuestException("the host passed no memory");
    }
    long address =
        writable
            ? calls.memory().map(descriptor, 0, welcome.memoryBytes(), 0)
            : calls.memory().mapReadOnly(descriptor, 0, welcome.memoryBytes());
    calls.files().close(descriptor);
    if (address < 0) {
      throw new GuestException("mmap of the memory: " + Errno.describe(address));
    }
    MemorySegment mapped = Downcalls.memoryAt(address, welcome.memoryBytes());
    memory = writable ? mapped : mapped.asReadOnly();
    pageSize = welcome.pageSize();
  }

  private int takePassed() {
    lock.lock();
    try {
      int taken = passed;
      passed = -1;
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** Returns the memory, which stays mapped for the life of the process. */
  public MemorySegment memory() {
    return memory;
  }

  /** Returns the size of the host's pages, in bytes. */
  public int pageSize() {
    return pageSize;
  }

  /**
   * Asks for a range of a file.
   *
   * @param file by the name that the host knows
   * @throws GuestException if the host refuses: {@link GuestException#refusal} says why
   */
  public GuestPin pin(String file, long offset, int lengthBytes, Access access)
      throws GuestException {
    Message answer = request(tag -> new Message.Pin(tag, offset, lengthBytes, access, file));
    if (!(answer instanceof Message.Pinned pinned)) {
      throw new GuestException("the host answered " + answer);
    }
    return Objects.requireNonNull(pinOf(pinned.key()), "a pin that was not noted");
  }

  private @Nullable GuestPin pinOf(int key) {
    lock.lock();
    try {
      return pins.get(key);
    } finally {
      lock.unlock();
    }
  }

  void forget(GuestPin pin) {
    lock.lock();
    try {
      pins.remove(pin.key(), pin);
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether the host has taken the memory away, or is gone. */
  public boolean isCutOff() {
    lock.lock();
    try {
      return ended != null;
    } finally {
      lock.unlock();
    }
  }

  // Requests

  /** What makes a request once its tag is known. */
  @FunctionalInterface
  interface Request {
    Message.OfGuest with(int tag);
  }

  /** Makes a request that is answered by done. */
  boolean ask(Request request) throws GuestException {
    Message answer = request(request);
    if (answer instanceof Message.Done done) {
      return done.inFile();
    }
    throw new GuestException("the host answered " + answer);
  }

  private Message.OfHost request(Request request) throws GuestException {
    Pending pending = send(request);
    Message.OfHost answer = await(pending);
    if (answer instanceof Message.Refused refused) {
      throw new GuestException(refused.reason(), refused.text());
    }
    return answer;
  }

  private Pending send(Request request) throws GuestException {
    Pending pending;
    lock.lock();
    try {
      checkNotEnded();
      lastTag = lastTag == Integer.MAX_VALUE ? Protocol.NO_TAG + 1 : lastTag + 1;
      pending = new Pending(request.with(lastTag));
      waiting.put(lastTag, pending);
    } finally {
      lock.unlock();
    }
    Deadline deadline = Deadline.after(PATIENCE);
    long result = trySend(pending.request);
    while (Errno.EAGAIN.is(result) && !deadline.passed()) { // the host takes its time
      pause();
      result = trySend(pending.request);
    }
    if (result < 0 && !Errno.EPIPE.is(result) && !Errno.ECONNRESET.is(result)) {
      throw new GuestException("sendmsg: " + Errno.describe(result));
    }
    return pending;
  }

  /** Sends, if that is still possible: else who awaits the answer is told of the end. */
  private long trySend(Message message) {
    try {
      return socket.send(message, -1);
    } catch (IllegalStateException e) {
      return -Errno.EPIPE.number(); // closed
    }
  }

  private void pause() throws GuestException {
    try {
      boolean _ = changed.await(changed.ticket(), Deadline.after(Duration.ofMillis(1)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GuestException("interrupted");
    }
    lock.lock();
    try {
      checkNotEnded();
    } finally {
      lock.unlock();
    }
  }

  private void checkNotEnded() throws GuestException {
    if (ended != null) {
      throw new GuestException(ended);
    }
  }

  private Message.OfHost await(Pending pending) throws GuestException {
    Deadline deadline = Deadline.after(PATIENCE);
    while (true) {
      int ticket = changed.ticket();
      lock.lock();
      try {
        if (pending.answer != null) {
          return pending.answer;
        }
        checkNotEnded();
      } finally {
        lock.unlock();
      }
      try {
        if (!changed.await(ticket, deadline)) {
          throw new GuestException("no answer within " + PATIENCE.toSeconds() + " s");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new GuestException("interrupted; what was asked may be done all the same");
      }
    }
  }

  // What the host sends

  private void listen() {
    String why = "the host is gone";
    try (socket) {
      ByteBuffer packet = ByteBuffer.allocate(Protocol.MAX_PACKET_BYTES);
      while (true) {
        PacketCalls.Received received = socket.receive(packet, true);
        keep(received.passed());
        if (received.bytes() <= PacketSocket.END) {
          break;
        }
        Message.OfHost message = Codec.decodeOfHost(packet);
        if (message instanceof Message.CutOff cut) {
          why = cut.reason() + ": " + cut.text();
          break;
        }
        take(message);
      }
    } catch (MalformedMessageException e) {
      why = "the host sends no message: " + e.getMessage();
    } finally {
      end(why);
    }
  }

  /** Keeps the descriptor of the memory until it is mapped; there is no other. */
  private void keep(int descriptor) {
    if (descriptor < 0) {
      return;
    }
    lock.lock();
    try {
      if (passed < 0) {
        passed = descriptor;
        return;
      }
    } finally {
      lock.unlock();
    }
    PacketSocket.calls().files().close(descriptor);
  }

  private void take(Message.OfHost message) {
    if (message instanceof Message.LetGo notice) {
      letGo(notice);
      return;
    }
    lock.lock();
    try {
      Pending pending = waiting.remove(message.tag());
      if (pending != null) {
        if (message instanceof Message.Pinned pinned
            && pending.request instanceof Message.Pin request) {
          pins.put(pinned.key(), pinOf(pinned, request)); // before a notice of it can come
        }
        pending.answer = message;
      }
    } finally {
      lock.unlock();
    }
    changed.signalAll();
  }

  private GuestPin pinOf(Message.Pinned pinned, Message.Pin request) {
    List<MemorySegment> segments = new ArrayList<>();
    long position = request.offset();
    long end = position + request.lengthBytes();
    for (int page : pinned.pages()) {
      long inPage = position % pageSize;
      long length = Math.min(pageSize - inPage, end - position);
      segments.add(memory.asSlice((long) page * pageSize + inPage, length));
      position += length;
    }
    return new GuestPin(
        this, pinned.key(), request.offset(), request.lengthBytes(), request.access(), segments);
  }

  private void letGo(Message.LetGo message) {
    GuestPin pin = pinOf(message.key());
    if (pin == null) {
      return; // it is unmapped, and the host will know in a moment
    }
    Notice notice =
        new Notice(
            message.operation(),
            message.offset(),
            message.lengthBytes(),
            Duration.ofNanos(message.micros() * 1000L));
    Seam.startTask(
        "longpin-guest-let-go",
        () -> {
          try {
            Pending _ = send(tag -> new Message.Told(tag, pin.key()));
            handler.letGo(pin, notice);
          } catch (Exception e) {
            end("the handler failed: " + e);
          }
        });
  }

  private void end(String why) {
    boolean first;
    lock.lock();
    try {
      first = ended == null;
      if (first) {
        ended = why;
      }
    } finally {
      lock.unlock();
    }
    changed.signalAll();
    socket.hangUp();
    if (first) {
      handler.cutOff(why);
    }
  }

  /** Ends the connection: the host takes the memory away, with what was reported complete. */
  @Override
  public void close() {
    end("closed by the guest");
    int descriptor = takePassed();
    if (descriptor >= 0) {
      PacketSocket.calls().files().close(descriptor);
    }
  }
}
