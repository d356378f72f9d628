package dev.longpin.cli.demo;

import dev.longpin.cli.demo.Ledger.Completed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * A log beside the working copy of what was forced and what was cut, so that a copy left by a
 * killed run can be checked. A cut is logged before it begins, a force after it returned; every
 * record is synced before the run goes on. A torn last record is ignored.
 */
final class ForceLog implements AutoCloseable {

  private static final int RECORD = 48;
  private static final int HEADER = 1;
  private static final int FORCED = 2;
  private static final int CUT_BEGINS = 3;
  private static final int CUT_ENDED = 4;

  private final FileChannel channel;

  private ForceLog(FileChannel channel) {
    this.channel = channel;
  }

  /** Starts a log. */
  static ForceLog create(Path path, long fileBytes, int regionBytes) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    ForceLog log = new ForceLog(channel);
    log.append(List.of(record(HEADER, regionBytes, 0, fileBytes, 0, 0)));
    return log;
  }

  /** Logs that these writes are on disk. */
  void forced(List<Completed> writes) throws IOException {
    List<ByteBuffer> records = new ArrayList<>();
    for (Completed write : writes) {
      records.add(record(FORCED, write.region(), write.sequence(), write.start(), 0, 0));
    }
    append(records);
  }

  /** Logs that a cut may begin. */
  void cutBegins(Ledger.Cut cut) throws IOException {
    append(List.of(record(CUT_BEGINS, 0, 0, cut.start(), cut.from(), cut.to())));
  }

  /** Logs that it ended, at {@code end}. */
  void cutEnded(Ledger.Cut cut, long end) throws IOException {
    append(List.of(record(CUT_ENDED, 0, 0, cut.start(), end, 0)));
  }

  private static ByteBuffer record(int kind, int region, int sequence, long a, long b, long c) {
    ByteBuffer record = ByteBuffer.allocate(RECORD);
    record.putInt(kind).putInt(region).putInt(sequence).putInt(0);
    record.putLong(a).putLong(b).putLong(c);
    record.putLong(checksum(record));
    return record.flip();
  }

  private static long checksum(ByteBuffer record) {
    CRC32C crc = new CRC32C();
    crc.update(record.duplicate().position(0).limit(RECORD - Long.BYTES));
    return crc.getValue() + 1; // an empty block is no record
  }

  private synchronized void append(List<ByteBuffer> records) throws IOException {
    for (ByteBuffer record : records) {
      while (record.hasRemaining()) {
        channel.write(record);
      }
    }
    if (!records.isEmpty()) {
      channel.force(false);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** A cut as the log has it. */
  record LoggedCut(long start, long from, long to, long end) {

    boolean mayHideWrite(long writeStart, long position) {
      return from <= position && position < to && end > writeStart;
    }
  }

  /** What a log says. */
  record Contents(
      long fileBytes, int regionBytes, Map<Integer, Completed> forced, List<LoggedCut> cuts) {}

  /**
   * Reads a log.
   *
   * @throws IOException if it can't be read, or has no header
   */
  static Contents read(Path path) throws IOException {
    long fileBytes = -1;
    int regionBytes = 0;
    Map<Integer, Completed> forced = new HashMap<>();
    Map<Long, LoggedCut> cuts = new HashMap<>();
    try (FileChannel channel = FileChannel.open(path)) {
      ByteBuffer record = ByteBuffer.allocate(RECORD);
      while (readFully(channel, record)) {
        if (record.getLong(RECORD - Long.BYTES) != checksum(record)) {
          break; // torn: the run was killed while it wrote this
        }
        int region = record.getInt(4);
        long a = record.getLong(16);
        switch (record.getInt(0)) {
          case HEADER -> {
            regionBytes = region;
            fileBytes = a;
          }
          case FORCED -> {
            Completed write = new Completed(region, record.getInt(8), a);
            forced.merge(region, write, (x, y) -> x.start() > y.start() ? x : y);
          }
          case CUT_BEGINS ->
              cuts.put(a, new LoggedCut(a, record.getLong(24), record.getLong(32), Long.MAX_VALUE));
          case CUT_ENDED -> {
            long end = record.getLong(24);
            cuts.computeIfPresent(a, (k, cut) -> new LoggedCut(a, cut.from, cut.to, end));
          }
          default -> throw new IOException(path + ": not a log of this version");
        }
        record.clear();
      }
    }
    if (fileBytes < 0) {
      throw new IOException(path + " is not the log of a demo");
    }
    return new Contents(fileBytes, regionBytes, forced, List.copyOf(cuts.values()));
  }

  private static boolean readFully(FileChannel channel, ByteBuffer record) throws IOException {
    while (record.hasRemaining()) {
      if (channel.read(record) < 0) {
        return false;
      }
    }
    return true;
  }
}
