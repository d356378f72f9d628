package dev.longpin.cli.demo;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes as people write it: 4096, 64k, 2m, 1g. */
record Size(long bytes) {

  /** Parses a size. */
  static final class Converter implements ITypeConverter<Size> {

    @Override
    public Size convert(String text) {
      if (!text.matches("[0-9]{1,12}[kKmMgG]?")) {
        throw new TypeConversionException(
            "not a size: '" + text + "' (examples: 4096, 64k, 2m, 1g)");
      }
      int shift =
          switch (Character.toLowerCase(text.charAt(text.length() - 1))) {
            case 'k' -> 10;
            case 'm' -> 20;
            case 'g' -> 30;
            default -> 0;
          };
      String digits = shift == 0 ? text : text.substring(0, text.length() - 1);
      try {
        return new Size(Math.multiplyExact(Long.parseLong(digits), 1L << shift));
      } catch (ArithmeticException e) {
        throw new TypeConversionException("too large a size: '" + text + "'");
      }
    }
  }

  @Override
  public String toString() {
    for (int shift = 30; shift > 0; shift -= 10) {
      if (bytes != 0 && bytes % (1L << shift) == 0) {
        return (bytes >> shift) + (shift == 30 ? " GiB" : shift == 20 ? " MiB" : " KiB");
      }
    }
    return bytes + " B";
  }
}
