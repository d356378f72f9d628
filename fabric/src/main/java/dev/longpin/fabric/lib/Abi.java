package dev.longpin.fabric.lib;

import static dev.longpin.fabric.lib.LibFabric.ADDRESS;
import static dev.longpin.fabric.lib.LibFabric.INT;
import static dev.longpin.fabric.lib.LibFabric.LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;

/**
 * The structs and constants of libfabric's public headers ({@code rdma/fabric.h} and its kin), as
 * far as they are used. Structs of attributes have grown at their ends from version to version:
 * what is named here is in all that the library's first ABI name stands for, and {@link AbiCheck}
 * looks.
 */
final class Abi {

  // fabric.h

  static final long FI_MSG = 1L << 1;
  static final long FI_RMA = 1L << 2;
  static final long FI_READ = 1L << 8;
  static final long FI_WRITE = 1L << 9;
  static final long FI_RECV = 1L << 10;
  static final long FI_TRANSMIT = 1L << 11;
  static final long FI_REMOTE_READ = 1L << 12;
  static final long FI_REMOTE_WRITE = 1L << 13;
  static final long FI_SOURCE = 1L << 57;

  static final int FI_MR_LOCAL = 1 << 2;
  static final int FI_MR_VIRT_ADDR = 1 << 4;
  static final int FI_MR_ALLOCATED = 1 << 5;
  static final int FI_MR_PROV_KEY = 1 << 6;

  static final int FI_THREAD_SAFE = 1;
  static final int FI_EP_MSG = 1;
  static final int FI_ENABLE = 6;

  static final int FI_TYPE_INFO = 0;

  static final StructLayout INFO =
      MemoryLayout.structLayout(
          ADDRESS.withName("next"),
          LONG.withName("caps"),
          LONG.withName("mode"),
          INT.withName("addr_format"),
          MemoryLayout.paddingLayout(4),
          LONG.withName("src_addrlen"),
          LONG.withName("dest_addrlen"),
          ADDRESS.withName("src_addr"),
          ADDRESS.withName("dest_addr"),
          ADDRESS.withName("handle"),
          ADDRESS.withName("tx_attr"),
          ADDRESS.withName("rx_attr"),
          ADDRESS.withName("ep_attr"),
          ADDRESS.withName("domain_attr"),
          ADDRESS.withName("fabric_attr"),
          ADDRESS.withName("nic"));

  static final StructLayout TX_ATTR =
      MemoryLayout.structLayout(
          LONG.withName("caps"),
          LONG.withName("mode"),
          LONG.withName("op_flags"),
          LONG.withName("msg_order"),
          LONG.withName("comp_order"),
          LONG.withName("inject_size"),
          LONG.withName("size"));

  static final StructLayout EP_ATTR =
      MemoryLayout.structLayout(
          INT.withName("type"),
          INT.withName("protocol"),
          INT.withName("protocol_version"),
          MemoryLayout.paddingLayout(4),
          LONG.withName("max_msg_size"));

  static final StructLayout DOMAIN_ATTR =
      MemoryLayout.structLayout(
          ADDRESS.withName("domain"),
          ADDRESS.withName("name"),
          INT.withName("threading"),
          INT.withName("control_progress"),
          INT.withName("data_progress"),
          INT.withName("resource_mgmt"),
          INT.withName("av_type"),
          INT.withName("mr_mode"),
          LONG.withName("mr_key_size"));

  static final StructLayout FABRIC_ATTR =
      MemoryLayout.structLayout(
          ADDRESS.withName("fabric"),
          ADDRESS.withName("name"),
          ADDRESS.withName("prov_name"),
          INT.withName("prov_version"),
          INT.withName("api_version"));

  static final StructLayout FID =
      MemoryLayout.structLayout(
          LONG.withName("fclass"), ADDRESS.withName("context"), ADDRESS.withName("ops"));

  static final StructLayout OPS = table("close", "bind", "control");

  // Objects: their struct begins with the one above.

  static final StructLayout FABRIC = object("ops");
  static final StructLayout OPS_FABRIC = table("domain", "passive_ep", "eq_open");

  // fi_domain.h

  static final StructLayout DOMAIN = object("ops", "mr");
  static final StructLayout OPS_DOMAIN = table("av_open", "cq_open", "endpoint");
  static final StructLayout OPS_MR = table("reg");

  static final StructLayout MR =
      MemoryLayout.structLayout(
          FID.withName("fid"), ADDRESS.withName("mem_desc"), LONG.withName("key"));

  // fi_endpoint.h, fi_cm.h, fi_rma.h

  static final StructLayout EP = object("ops", "cm", "msg", "rma");
  static final StructLayout OPS_CM =
      table(
          "setname", "getname", "getpeer", "connect", "listen", "accept", "reject", "shutdown");
  static final StructLayout OPS_MSG = table("recv", "recvv", "recvmsg", "send");
  static final StructLayout OPS_RMA = table("read", "readv", "readmsg", "write");

  // fi_eq.h

  static final int FI_WAIT_FD = 3;
  static final int FI_CQ_FORMAT_MSG = 2;

  static final int FI_CONNREQ = 1;
  static final int FI_CONNECTED = 2;
  static final int FI_SHUTDOWN = 3;

  static final StructLayout EQ = object("ops");
  static final StructLayout OPS_EQ = table("read", "readerr", "write", "sread");
  static final StructLayout CQ = object("ops");
  static final StructLayout OPS_CQ =
      table("read", "readfrom", "readerr", "sread", "sreadfrom", "signal");

  static final StructLayout EQ_ATTR =
      MemoryLayout.structLayout(
          LONG.withName("size"),
          LONG.withName("flags"),
          INT.withName("wait_obj"),
          INT.withName("signaling_vector"),
          ADDRESS.withName("wait_set"));

  static final StructLayout EQ_CM_ENTRY =
      MemoryLayout.structLayout(ADDRESS.withName("fid"), ADDRESS.withName("info"));

  static final StructLayout EQ_ERR_ENTRY =
      MemoryLayout.structLayout(
          ADDRESS.withName("fid"),
          ADDRESS.withName("context"),
          LONG.withName("data"),
          INT.withName("err"),
          INT.withName("prov_errno"),
          ADDRESS.withName("err_data"),
          LONG.withName("err_data_size"));

  static final StructLayout CQ_ATTR =
      MemoryLayout.structLayout(
          LONG.withName("size"),
          LONG.withName("flags"),
          INT.withName("format"),
          INT.withName("wait_obj"),
          INT.withName("signaling_vector"),
          INT.withName("wait_cond"),
          ADDRESS.withName("wait_set"));

  static final StructLayout CQ_MSG_ENTRY =
      MemoryLayout.structLayout(
          LONG.withName("op_context"), LONG.withName("flags"), LONG.withName("len"));

  static final StructLayout CQ_ERR_ENTRY =
      MemoryLayout.structLayout(
          LONG.withName("op_context"),
          LONG.withName("flags"),
          LONG.withName("len"),
          ADDRESS.withName("buf"),
          LONG.withName("data"),
          LONG.withName("tag"),
          LONG.withName("olen"),
          INT.withName("err"),
          INT.withName("prov_errno"),
          ADDRESS.withName("err_data"),
          LONG.withName("err_data_size"));

  // fi_errno.h: those of the system, and the library's own from 256

  static final int FI_EINTR = 4;
  static final int FI_EAGAIN = 11;
  static final int FI_ENOMEM = 12;
  static final int FI_EACCES = 13;
  static final int FI_EINVAL = 22;
  static final int FI_EMFILE = 24;
  static final int FI_EPIPE = 32;
  static final int FI_ENODATA = 61;
  static final int FI_EMSGSIZE = 90;
  static final int FI_ECONNABORTED = 103;
  static final int FI_ECONNRESET = 104;
  static final int FI_ENOTCONN = 107;
  static final int FI_ESHUTDOWN = 108;
  static final int FI_ETIMEDOUT = 110;
  static final int FI_ECONNREFUSED = 111;
  static final int FI_EHOSTUNREACH = 113;
  static final int FI_ECANCELED = 125;
  static final int FI_EKEYREJECTED = 129;
  static final int FI_EAVAIL = 259;
  static final int FI_ENOKEY = 266;

  private Abi() {}

  static long offset(StructLayout layout, String field) {
    return layout.byteOffset(PathElement.groupElement(field));
  }

  /** A table of function pointers, which says how long it is. */
  private static StructLayout table(String... functions) {
    MemoryLayout[] members = new MemoryLayout[functions.length + 1];
    members[0] = LONG.withName("size");
    for (int i = 0; i < functions.length; i++) {
      members[i + 1] = ADDRESS.withName(functions[i]);
    }
    return MemoryLayout.structLayout(members);
  }

  private static StructLayout object(String... tables) {
    MemoryLayout[] members = new MemoryLayout[tables.length + 1];
    members[0] = FID.withName("fid");
    for (int i = 0; i < tables.length; i++) {
      members[i + 1] = ADDRESS.withName(tables[i]);
    }
    return MemoryLayout.structLayout(members);
  }
}
