/** What the page cache needs of Linux: frames in a memfd, io_uring, O_DIRECT. */
// The guest's module is compiled after this one.
@SuppressWarnings("module")
module dev.longpin.linux {
  requires static org.jspecify;
  requires transitive dev.longpin.core;

  exports dev.longpin.linux.dax;
  exports dev.longpin.linux.probe;
  exports dev.longpin.linux.send;
  exports dev.longpin.linux.sys to
      dev.longpin.guest;

  provides dev.longpin.spi.StoreProvider with
      dev.longpin.linux.LinuxStoreProvider;
}
