package dev.longpin.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;

/** What a file should hold: an array of bytes, zeros behind its size; and dice. */
class FileModel {

  final Random random;
  final int pageSize;
  final int maxBytes;
  final byte[] model;
  int size;

  FileModel(int pageSize, long seed) {
    this.random = new Random(seed);
    this.pageSize = pageSize;
    this.maxBytes = 24 * pageSize; // more than the cache has frames
    this.model = new byte[maxBytes];
  }

  /** Mostly a few bytes, sometimes a few pages. */
  int length(int max) {
    int most = random.nextInt(6) == 0 ? 3 * pageSize : 3000;
    return 1 + random.nextInt(Math.clamp(max, 1, most));
  }

  byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Sometimes on the border of a page or a block. */
  int offset(int bound) {
    int offset = random.nextInt(bound);
    return switch (random.nextInt(4)) {
      case 0 -> offset / pageSize * pageSize;
      case 1 -> offset / 4096 * 4096;
      default -> offset;
    };
  }

  void modelWrite(byte[] bytes, int offset) {
    System.arraycopy(bytes, 0, model, offset, bytes.length);
    size = bytes.length == 0 ? size : Math.max(size, offset + bytes.length);
  }

  void assertModel(byte[] bytes, int offset) {
    int at = Arrays.mismatch(bytes, 0, bytes.length, model, offset, offset + bytes.length);
    assertThat(at).as("first wrong byte from %s on", offset).isEqualTo(-1);
  }
}
