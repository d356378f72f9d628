package dev.longpin.lab;

/** The rows: what can go wrong between a device and a file. */
public enum Hazard {
  H1("truncate under a DMA write", "I2", ""),
  H2("hole punch under a DMA write", "I2", ""),
  H3("block state dropped under a pin", "I3", ""),
  H4("dirty-check race at unpin", "I3", "dirty-cleared-after-the-write"),
  H5("checksum of a page that DMA changes", "I4", ""),
  H6("tail refilled by DMA after it was zeroed", "I10", "tail-not-zeroed"),
  H7("extent given to another file under DMA", "I2", ""),
  H8("reclaim decides, then a pin comes", "I8", "reclaim-takes-pinned-pages"),
  H9("migration of a pinned page", "I1", "migration-ignores-pins"),
  H10("device fault against invalidation", "I2", "invalidation-changes-no-sequence"),
  H11("deregistration against DMA in flight", "I1", "pins-are-not-awaited"),
  H12("key used again while a peer has it", "I9", "keys-are-not-in-quarantine"),
  H13("revocation deadlock", "I11", "pins-awaited-under-the-invalidate-lock"),
  H14("second revocation after a first", "I5", "told-once-is-told-for-ever"),
  H15("pin count overflow", "I12", "overflow-check-left-out"),
  H16("limit counted twice or not at all", "I8", "longterm-pin-refunded-twice"),
  H17("close and delete with pins", "I1", "disconnect-forgets-pins"),
  H18("device dies with pins", "I1", "disconnect-forgets-pins"),
  H19("write lands after the cut", "I2", "unmap-ignores-references"),
  H20("two writes of a page out of order", "I4", "two-writes-of-a-page");

  private final String title;
  private final String guarantee;
  private final String canary;

  Hazard(String title, String guarantee, String canary) {
    this.title = title;
    this.guarantee = guarantee;
    this.canary = canary;
  }

  /** Returns it in a few words. */
  public String title() {
    return title;
  }

  /** Returns the guarantee that it would break, such as "I2". */
  public String guarantee() {
    return guarantee;
  }

  /**
   * Returns the name of the patch in {@code mutations/} that turns the row red, as {@code ./longpin
   * mutate} shows; empty where the unprotected column does, or nothing is tried yet.
   */
  public String canary() {
    return canary;
  }
}
