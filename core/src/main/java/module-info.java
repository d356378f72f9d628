/** The page cache and the pin protocol: no native code. */
module dev.longpin.core {
  requires static org.jspecify;
  requires jdk.nio.mapmode;

  exports dev.longpin.api;
  exports dev.longpin.base;
  exports dev.longpin.cache;
  exports dev.longpin.dax;
  exports dev.longpin.spi;
  exports dev.longpin.store;

  uses dev.longpin.spi.StoreProvider;
}
