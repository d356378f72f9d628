package dev.longpin.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.contract.StoreContract;
import dev.longpin.spi.Store;
import dev.longpin.spi.StoreProvider;
import org.junit.jupiter.api.Test;

/** The portable store. */
class FileChannelStoreTest extends StoreContract {

  @Override
  protected StoreProvider provider() {
    return new FileChannelStoreProvider();
  }

  @Test
  void itPromisesNothingBeyondReadingAndWriting() throws Exception {
    try (Store store = create("f")) {
      assertThat(store.features()).isEmpty();
    }
  }
}
