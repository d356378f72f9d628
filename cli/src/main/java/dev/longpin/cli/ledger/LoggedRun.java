package dev.longpin.cli.ledger;

import dev.longpin.cli.ledger.Cut.Outcome;
import dev.longpin.sim.Stamp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a log says of a run, up to the first record that is not whole: with that one the run was
 * killed.
 *
 * @param header what it began with
 * @param ledger what must be in the file
 * @param forces how many forces were logged
 * @param cuts how many cuts
 */
public record LoggedRun(RunHeader header, Ledger ledger, long forces, long cuts) {

  /** Says that a file is no log. */
  public static final class NotALogException extends IOException {
    private static final long serialVersionUID = 1L;

    NotALogException(Path path) {
      super(path + " is not the log of a demo of this version");
    }
  }

  /**
   * Reads a log.
   *
   * @param baseline finds what the file held at first
   * @return null if the run goes on
   */
  public static @Nullable LoggedRun read(Path path, Function<RunHeader, Baseline> baseline)
      throws IOException {
    try (FileChannel channel = FileChannel.open(path)) {
      if (!ForceLog.tryLock(channel, true)) {
        return null;
      }
      return read(path, channel, baseline);
    }
  }

  /** Reads what this process has logged; a log is read once. */
  public static LoggedRun read(Path path, ForceLog log, Function<RunHeader, Baseline> baseline)
      throws IOException {
    return read(path, log.channel(), baseline);
  }

  private static LoggedRun read(
      Path path, FileChannel channel, Function<RunHeader, Baseline> baseline) throws IOException {
    Records records = new Records(channel);
    ByteBuffer first = records.next();
    if (first == null
        || first.remaining() <= Long.BYTES
        || first.get() != ForceLog.HEADER
        || first.getLong() != ForceLog.MAGIC) {
      throw new NotALogException(path);
    }
    RunHeader header = RunHeader.decode(first);
    Ledger ledger =
        new Ledger(
            header.geometry(),
            new Stamp(header.seed()),
            header.sizeBytes(),
            baseline.apply(header),
            true);
    Map<Long, Cut> underWay = new HashMap<>();
    long forces = 0;
    long cuts = 0;
    for (ByteBuffer record = records.next(); record != null; record = records.next()) {
      switch (record.get()) {
        case ForceLog.CUT_BEGINS -> {
          Cut cut = new Cut(record.getLong(), record.getLong(), record.getLong());
          underWay.put(cut.beganAt(), cut);
          ledger.replayBegin(cut);
          cuts++;
        }
        case ForceLog.CUT_ENDED -> {
          Cut cut = underWay.remove(record.getLong());
          if (cut == null) {
            throw new NotALogException(path);
          }
          ledger.replayEnd(cut, record.getLong(), Outcome.values()[record.get()]);
        }
        case ForceLog.FORCED -> {
          long at = record.getLong();
          while (record.hasRemaining()) {
            ledger.replayForced(
                at, new Guarantee(record.getLong(), record.getLong(), record.getLong()));
          }
          forces++;
        }
        default -> throw new NotALogException(path);
      }
    }
    return new LoggedRun(header, ledger, forces, cuts);
  }

  /** Reads records until one is not whole. */
  private static final class Records {
    private final FileChannel channel;

    private Records(FileChannel channel) {
      this.channel = channel;
    }

    private @Nullable ByteBuffer next() throws IOException {
      ByteBuffer prefix = read(ForceLog.PREFIX_BYTES);
      if (prefix == null) {
        return null;
      }
      int length = prefix.getInt();
      if (length <= 0 || length > channel.size() - channel.position()) {
        return null;
      }
      ByteBuffer payload = read(length);
      return payload != null && ForceLog.checksum(payload) == prefix.getInt() ? payload : null;
    }

    private @Nullable ByteBuffer read(int length) throws IOException {
      ByteBuffer buffer = ByteBuffer.allocate(length);
      while (buffer.hasRemaining()) {
        if (channel.read(buffer) < 0) {
          return null;
        }
      }
      return buffer.flip();
    }
  }
}
