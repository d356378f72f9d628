package dev.longpin.cli.ledger;

import dev.longpin.cli.ledger.Cut.Outcome;
import dev.longpin.cli.ledger.LoggedRun.NotALogException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What was forced and what was cut, in a file of its own, so that the file can be checked after the
 * process was killed. A force is logged after it returned and a cut before it begins, and either is
 * synced before the run goes on.
 *
 * <pre>
 *   record:  length (4)  CRC-32C of the payload (4)  payload
 *   payload: kind (1)  fields
 *     HEADER     magic (8)  {@link RunHeader}
 *     CUT_BEGINS from (8)  to (8)  beganAt (8)
 *     CUT_ENDED  beganAt (8)  endedAt (8)  outcome (1)
 *     FORCED     at (8)  { from (8)  to (8)  sequence (8) } ...
 * </pre>
 *
 * <p>Locked while it is open, so that nobody takes the file of a run that goes on. Safe for use
 * from several threads.
 */
public final class ForceLog implements AutoCloseable {

  static final long MAGIC = 0x4C4F4E4750494E31L; // LONGPIN1
  static final byte HEADER = 1;
  static final byte CUT_BEGINS = 2;
  static final byte CUT_ENDED = 3;
  static final byte FORCED = 4;
  static final int PREFIX_BYTES = 2 * Integer.BYTES;

  private final FileChannel channel;
  private final Object syncLock = new Object();

  /** Guarded by this. */
  private long appended;

  /** Guarded by syncLock. */
  private long synced;

  private ForceLog(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Opens a log, and empties that of a run that was killed.
   *
   * @return null if the log of a run that goes on is there
   * @throws NotALogException if something else is there; it is left alone
   */
  public static @Nullable ForceLog open(Path path) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean done = false;
    try {
      if (!tryLock(channel, false)) {
        return null;
      }
      if (channel.size() > 0 && !isLog(channel)) {
        throw new NotALogException(path);
      }
      ForceLog log = new ForceLog(channel.truncate(0));
      done = true;
      return log;
    } finally {
      if (!done) {
        channel.close();
      }
    }
  }

  private static boolean isLog(FileChannel channel) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(PREFIX_BYTES + 1 + Long.BYTES);
    while (start.hasRemaining()) {
      if (channel.read(start, start.position()) < 0) {
        return false;
      }
    }
    return start.get(PREFIX_BYTES) == HEADER && start.getLong(PREFIX_BYTES + 1) == MAGIC;
  }

  /** Begins the log: the file is as the header says. Comes first, and once. */
  public void begin(RunHeader header) throws IOException {
    ByteBuffer fields = header.encode();
    ByteBuffer payload = payload(HEADER, Long.BYTES + fields.remaining());
    sync(append(payload.putLong(MAGIC).put(fields)));
  }

  /** Locks a log until its channel is closed; false if the run that writes it goes on. */
  static boolean tryLock(FileChannel channel, boolean shared) throws IOException {
    try {
      FileLock lock = channel.tryLock(0, Long.MAX_VALUE, shared);
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // another run in this process
    }
  }

  /** Logs that a cut is about to begin. */
  public void cutBegins(Cut cut) throws IOException {
    sync(
        append(
            payload(CUT_BEGINS, 3 * Long.BYTES)
                .putLong(cut.from())
                .putLong(cut.to())
                .putLong(cut.beganAt())));
  }

  /** Logs how a cut ended. If this is lost with the machine, the cut counts as one under way. */
  public void cutEnded(Cut cut, long endedAt, Outcome outcome) throws IOException {
    var _ =
        append(
            payload(CUT_ENDED, 2 * Long.BYTES + 1)
                .putLong(cut.beganAt())
                .putLong(endedAt)
                .put((byte) outcome.ordinal()));
  }

  /** Logs a force that returned normally, of what had been complete at {@code at}. */
  public void forced(long at, List<Guarantee> guarantees) throws IOException {
    if (guarantees.isEmpty()) {
      return;
    }
    ByteBuffer payload = payload(FORCED, Long.BYTES + guarantees.size() * 3 * Long.BYTES);
    payload.putLong(at);
    for (Guarantee forced : guarantees) {
      payload.putLong(forced.from()).putLong(forced.to()).putLong(forced.sequence());
    }
    sync(append(payload));
  }

  private static ByteBuffer payload(byte kind, int fieldBytes) {
    ByteBuffer record = ByteBuffer.allocate(PREFIX_BYTES + 1 + fieldBytes);
    return record.position(PREFIX_BYTES).put(kind);
  }

  /** Returns the checksum of a payload. */
  static int checksum(ByteBuffer payload) {
    CRC32C crc = new CRC32C();
    crc.update(payload.duplicate());
    return (int) crc.getValue();
  }

  /** Appends a record; returns the length of the log with it. */
  private synchronized long append(ByteBuffer record) throws IOException {
    record.flip();
    ByteBuffer payload = record.duplicate().position(PREFIX_BYTES);
    record.putInt(0, payload.remaining()).putInt(Integer.BYTES, checksum(payload));
    long at = appended;
    try {
      while (record.hasRemaining()) {
        at += channel.write(record, at);
      }
    } catch (IOException e) {
      throw new IOException("writing the log of forces failed: " + e.getMessage(), e);
    }
    appended = at; // a record that failed half-way is written over
    return at;
  }

  /** Makes the log durable up to a length, together with whoever else waits for the same. */
  private void sync(long length) throws IOException {
    synchronized (syncLock) {
      if (synced < length) {
        long end;
        synchronized (this) {
          end = appended;
        }
        channel.force(false);
        synced = end;
      }
    }
  }

  /** Returns the file that it is in, to read it while it is locked. */
  FileChannel channel() {
    return channel;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
