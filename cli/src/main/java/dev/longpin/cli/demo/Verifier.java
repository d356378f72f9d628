package dev.longpin.cli.demo;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;

/** Reads the file from outside the cache and compares every byte with what it must hold. */
final class Verifier {

  /** What it found. */
  record Result(long bytesVerified, long lostWrites, long staleRegions, long foreignRegions) {}

  private Verifier() {}

  /** Compares a file with the ledger, when everything has ended. */
  static Result verify(Path path, Ledger ledger) throws IOException {
    long bytes = 0;
    long lost = 0;
    long stale = 0;
    long foreign = 0;
    try (FileChannel channel = FileChannel.open(path)) {
      for (int region = 0; region < ledger.regionCount(); region++) {
        byte[] found = new byte[ledger.regionBytes()];
        bytes += read(channel, ledger.offset(region), found);
        Words words = new Words(List.of(MemorySegment.ofArray(found)));
        Ledger.Findings findings = ledger.check(region, words, ledger.now());
        lost += findings.lost() ? 1 : 0;
        stale += findings.stale() ? 1 : 0;
        foreign += findings.foreign() ? 1 : 0;
      }
    }
    return new Result(bytes, lost, stale, foreign);
  }

  /** Compares a copy that a killed run left with the log of what it had forced. */
  static Result verifyCopy(Path copy) throws IOException {
    ForceLog.Contents log = ForceLog.read(DemoFile.logOf(copy));
    long bytes = 0;
    long lost = 0;
    try (FileChannel channel = FileChannel.open(copy)) {
      for (Ledger.Completed write : log.forced().values()) {
        byte[] found = new byte[log.regionBytes()];
        long offset = (long) write.region() * log.regionBytes();
        var _ = read(channel, offset, found);
        Words words = new Words(List.of(MemorySegment.ofArray(found)));
        List<ForceLog.LoggedCut> cuts =
            log.cuts().stream()
                .filter(cut -> cut.from() < offset + found.length && offset < cut.to())
                .toList();
        boolean good = true;
        for (int i = 0; i < words.count(); i++) {
          long position = offset + (long) i * Long.BYTES;
          if (cuts.stream().anyMatch(cut -> mayHide(cut, write, position))) {
            continue;
          }
          bytes += Long.BYTES;
          good &= Stamp.sequence(words.at(i), write.region(), i) >= write.sequence();
        }
        lost += good ? 0 : 1;
      }
    }
    return new Result(bytes, lost, 0, 0);
  }

  private static boolean mayHide(ForceLog.LoggedCut cut, Ledger.Completed write, long position) {
    return cut.mayHideWrite(write.start(), position)
        || cut.mayHideWrite(write.start(), position + Long.BYTES - 1);
  }

  /** Reads to the end of {@code target} or of the file, of which the rest counts as zeros. */
  private static int read(FileChannel channel, long offset, byte[] target) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(target);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, offset + buffer.position()) < 0) {
        break;
      }
    }
    return buffer.position();
  }
}
