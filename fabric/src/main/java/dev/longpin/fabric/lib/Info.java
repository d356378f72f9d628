package dev.longpin.fabric.lib;

import static dev.longpin.fabric.lib.LibFabric.ADDRESS;
import static dev.longpin.fabric.lib.LibFabric.INT;
import static dev.longpin.fabric.lib.LibFabric.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * What a provider offers, or a peer that connects ({@code struct fi_info}): memory of the library's,
 * until it is closed.
 */
public final class Info implements AutoCloseable {

  private static final long TX = Abi.offset(Abi.INFO, "tx_attr");
  private static final long EP = Abi.offset(Abi.INFO, "ep_attr");
  private static final long DOMAIN = Abi.offset(Abi.INFO, "domain_attr");
  private static final long FABRIC = Abi.offset(Abi.INFO, "fabric_attr");

  /** What an endpoint here is for. */
  private static final long CAPS =
      Abi.FI_MSG
          | Abi.FI_RMA
          | Abi.FI_READ
          | Abi.FI_WRITE
          | Abi.FI_REMOTE_READ
          | Abi.FI_REMOTE_WRITE;

  /** What we can live with: local buffers registered, addresses and keys that are the provider's. */
  private static final int MR_MODE =
      Abi.FI_MR_LOCAL | Abi.FI_MR_VIRT_ADDR | Abi.FI_MR_ALLOCATED | Abi.FI_MR_PROV_KEY;

  private final LibFabric library = LibFabric.get();
  private final long address;

  Info(long address) {
    this.address = address;
  }

  /**
   * Asks a provider for connected endpoints with one-sided reads and writes.
   *
   * @param provider such as "tcp"
   * @param node an address of this host to listen at, or of the peer
   * @param service a port, 0 for any to listen at
   * @param local whether they are this host's
   * @throws FabricCallException if it has none
   */
  public static Info find(String provider, String node, int service, boolean local)
      throws FabricCallException {
    LibFabric library = LibFabric.get();
    long hints = library.dupinfo(0);
    if (hints == 0) {
      throw new FabricCallException("fi_allocinfo", -Abi.FI_ENOMEM);
    }
    long fabric = LibFabric.load(hints + FABRIC);
    try (Arena arena = Arena.ofConfined()) {
      memory(hints, Abi.INFO).set(LONG, Abi.offset(Abi.INFO, "caps"), CAPS);
      MemorySegment ep = memory(LibFabric.load(hints + EP), Abi.EP_ATTR);
      ep.set(INT, Abi.offset(Abi.EP_ATTR, "type"), Abi.FI_EP_MSG);
      MemorySegment domain = memory(LibFabric.load(hints + DOMAIN), Abi.DOMAIN_ATTR);
      domain.set(INT, Abi.offset(Abi.DOMAIN_ATTR, "mr_mode"), MR_MODE);
      domain.set(INT, Abi.offset(Abi.DOMAIN_ATTR, "threading"), Abi.FI_THREAD_SAFE);
      setProvider(fabric, arena.allocateFrom(provider));
      MemorySegment result = arena.allocate(ADDRESS);
      FabricCallException.check(
          "fi_getinfo of provider " + provider + " for " + node,
          library.getinfo(
              arena.allocateFrom(node),
              arena.allocateFrom(Integer.toString(service)),
              local ? Abi.FI_SOURCE : 0,
              MemorySegment.ofAddress(hints),
              result));
      return new Info(result.get(LONG, 0));
    } finally {
      setProvider(fabric, MemorySegment.NULL); // the library would free it
      library.freeinfo(hints);
    }
  }

  private static MemorySegment memory(long struct, StructLayout layout) {
    return LibFabric.memory(struct, layout.byteSize());
  }

  private static void setProvider(long fabric, MemorySegment name) {
    memory(fabric, Abi.FABRIC_ATTR).set(ADDRESS, Abi.offset(Abi.FABRIC_ATTR, "prov_name"), name);
  }

  MemorySegment self() {
    return MemorySegment.ofAddress(address);
  }

  /** Returns the provider's name. */
  public String provider() {
    return LibFabric.string(LibFabric.load(fabric() + Abi.offset(Abi.FABRIC_ATTR, "prov_name")));
  }

  /** Returns the address to connect to. */
  MemorySegment destination() {
    return MemorySegment.ofAddress(
        LibFabric.load(address + Abi.offset(Abi.INFO, "dest_addr")));
  }

  long fabric() {
    return LibFabric.load(address + FABRIC);
  }

  private boolean hasMode(int bit) {
    long domain = LibFabric.load(address + DOMAIN);
    return (LibFabric.loadInt(domain + Abi.offset(Abi.DOMAIN_ATTR, "mr_mode")) & bit) != 0;
  }

  /** Returns whether peers name memory by its address, and not by its offset in the region. */
  public boolean namesAddresses() {
    return hasMode(Abi.FI_MR_VIRT_ADDR);
  }

  /** Returns whether keys are the provider's choice, and not ours. */
  public boolean choosesKeys() {
    return hasMode(Abi.FI_MR_PROV_KEY);
  }

  /** Returns whether local buffers have to be registered too. */
  public boolean registersLocal() {
    return hasMode(Abi.FI_MR_LOCAL);
  }

  /** Returns how many requests of an endpoint can be under way. */
  public int depth() {
    long size = LibFabric.load(LibFabric.load(address + TX) + Abi.offset(Abi.TX_ATTR, "size"));
    return (int) Math.clamp(size, 1, 1 << 16);
  }

  /** Returns the longest transfer in bytes. */
  public long maxTransfer() {
    long bytes =
        LibFabric.load(LibFabric.load(address + EP) + Abi.offset(Abi.EP_ATTR, "max_msg_size"));
    return bytes < 0 ? Long.MAX_VALUE : bytes;
  }

  @Override
  public void close() {
    library.freeinfo(address);
  }
}
