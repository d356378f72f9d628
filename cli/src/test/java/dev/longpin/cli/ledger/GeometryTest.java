package dev.longpin.cli.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GeometryTest {

  @ParameterizedTest
  @CsvSource({"4096, 1048576", "65536, 268435456", "2097152, 268435456", "4096, 1099511627776"})
  void someRegionsSpanABorderOfPagesAndTheyAreNotTooMany(int pageSize, long maxBytes) {
    Geometry geometry = Geometry.of(pageSize, maxBytes);
    int spanning = 0;
    for (int region = 0; region < geometry.regionCount(); region++) {
      long firstPage = geometry.start(region) / pageSize;
      long lastPage = (geometry.end(region) - 1) / pageSize;
      spanning += firstPage == lastPage ? 0 : 1;
    }

    assertThat(spanning).isPositive();
    assertThat(geometry.regionCount()).isBetween(1, 1 << 15);
    assertThat(geometry.maxBytes()).isLessThanOrEqualTo(maxBytes);
    assertThat(geometry.regionBytes() % Long.BYTES).isZero();
    assertThat(geometry.regionOf(geometry.end(0))).isEqualTo(1);
  }
}
