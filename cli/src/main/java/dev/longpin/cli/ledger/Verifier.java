package dev.longpin.cli.ledger;

import dev.longpin.cli.ledger.Findings.Bad;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads a file from outside the cache and compares every byte with the ledger. */
public final class Verifier {

  /** How many of the wrong runs are described. */
  private static final int EXAMPLES = 4;

  /**
   * What was found.
   *
   * @param bytes how many bytes of the file were compared
   * @param lostWrites runs of one write each that are not in the file
   * @param examples some of them, in words
   */
  public record Result(long bytes, long lostWrites, List<String> examples) {}

  private Verifier() {}

  /**
   * Compares a file with a ledger when all writers have ended.
   *
   * @param sizeBytes the size that the file must have; what it lacks is not there
   */
  public static Result verify(Path path, Ledger ledger, long sizeBytes) throws IOException {
    Geometry geometry = ledger.geometry();
    long lost = 0;
    List<String> examples = new ArrayList<>();
    try (FileChannel channel = FileChannel.open(path)) {
      long size = Math.max(sizeBytes, channel.size());
      if (size > geometry.maxBytes()) {
        examples.add("the file is %,d bytes long, and was never to be so".formatted(size));
        lost++;
        size = geometry.maxBytes();
      }
      ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(geometry.regionBytes()));
      for (long start = 0; start < size; start += geometry.regionBytes()) {
        long end = Math.min(size, start + geometry.regionBytes());
        long wordsEnd = (end + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
        Expectation expectation = ledger.expect(start, wordsEnd);
        Findings findings = ledger.judge(expectation, read(channel, start, end, buffer.clear()));
        for (Bad bad : findings.bad()) {
          lost++;
          if (examples.size() < EXAMPLES) {
            examples.add(bad.toString());
          }
        }
      }
      return new Result(Math.min(size, channel.size()), lost, List.copyOf(examples));
    }
  }

  private static MemorySegment read(FileChannel channel, long start, long end, ByteBuffer buffer)
      throws IOException {
    buffer.limit((int) (end - start));
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, start + buffer.position()) < 0) {
        break;
      }
    }
    return MemorySegment.ofBuffer(buffer.flip());
  }
}
