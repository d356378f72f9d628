package dev.longpin.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class SizeTest {
  private final Size.Converter converter = new Size.Converter();

  @ParameterizedTest
  @CsvSource({
    "4096, 4096, 4 KiB",
    "64k, 65536, 64 KiB",
    "2M, 2097152, 2 MiB",
    "1g, 1073741824, 1 GiB",
    "4097, 4097, 4097 B",
    "0, 0, 0 B"
  })
  void peopleWriteSizesWithLetters(String text, long bytes, String shown) {
    Size size = converter.convert(text);

    assertThat(size.bytes()).isEqualTo(bytes);
    assertThat(size).hasToString(shown);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "k", "-1", "4kk", "4 k", "1.5m", "99999999999g", "0x10"})
  void whatIsNoSizeIsRefused(String text) {
    assertThatExceptionOfType(TypeConversionException.class)
        .isThrownBy(() -> converter.convert(text))
        .withMessageContaining(text);
  }
}
