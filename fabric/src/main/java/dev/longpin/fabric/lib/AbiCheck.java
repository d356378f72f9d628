package dev.longpin.fabric.lib;

import static dev.longpin.fabric.lib.LibFabric.INT;
import static dev.longpin.fabric.lib.LibFabric.LONG;

import java.lang.foreign.StructLayout;
import java.util.List;

/**
 * Sees that the library's structs are those of {@link Abi}: writes values that tell each other
 * apart into an empty {@code fi_info}, as Abi has it, and lets the library say what it reads there.
 */
final class AbiCheck {

  private AbiCheck() {}

  /** Returns what does not fit, in a line; empty if all does. */
  static String problem(LibFabric library) {
    long info = library.dupinfo(0);
    if (info == 0) {
      return "libfabric has no memory";
    }
    try {
      set(info, Abi.INFO, "caps", Abi.FI_RMA);
      set(info, Abi.INFO, "src_addrlen", 9901);
      set(info, Abi.INFO, "dest_addrlen", 9907);
      long tx = attributes(info, "tx_attr");
      set(tx, Abi.TX_ATTR, "size", 9923);
      set(tx, Abi.TX_ATTR, "inject_size", 9929);
      long ep = attributes(info, "ep_attr");
      setInt(ep, Abi.EP_ATTR, "type", Abi.FI_EP_MSG);
      set(ep, Abi.EP_ATTR, "max_msg_size", 9931);
      long domain = attributes(info, "domain_attr");
      setInt(domain, Abi.DOMAIN_ATTR, "threading", Abi.FI_THREAD_SAFE);
      setInt(domain, Abi.DOMAIN_ATTR, "mr_mode", Abi.FI_MR_PROV_KEY);
      set(domain, Abi.DOMAIN_ATTR, "mr_key_size", 9941);
      long fabric = attributes(info, "fabric_attr");
      setInt(fabric, Abi.FABRIC_ATTR, "api_version", LibFabric.API_VERSION);
      String text = library.toText(info, Abi.FI_TYPE_INFO);
      for (String line :
          List.of(
              "caps: [ FI_RMA ]",
              "src_addrlen: 9901",
              "dest_addrlen: 9907",
              "size: 9923",
              "inject_size: 9929",
              "type: FI_EP_MSG",
              "max_msg_size: 9931",
              "threading: FI_THREAD_SAFE",
              "mr_mode: [ FI_MR_PROV_KEY ]",
              "mr_key_size: 9941",
              "prov_name: (null)",
              "api_version: 1.17")) {
        if (text.lines().map(String::strip).noneMatch(line::equals)) {
          return "libfabric "
              + library.versionText()
              + " lays its structs out in another way: it does not say '"
              + line
              + "'";
        }
      }
      return "";
    } finally {
      set(info, Abi.INFO, "src_addrlen", 0);
      set(info, Abi.INFO, "dest_addrlen", 0);
      library.freeinfo(info);
    }
  }

  private static long attributes(long info, String which) {
    return LibFabric.load(info + Abi.offset(Abi.INFO, which));
  }

  private static void set(long struct, StructLayout layout, String field, long value) {
    LibFabric.memory(struct, layout.byteSize()).set(LONG, Abi.offset(layout, field), value);
  }

  private static void setInt(long struct, StructLayout layout, String field, int value) {
    LibFabric.memory(struct, layout.byteSize()).set(INT, Abi.offset(layout, field), value);
  }
}
