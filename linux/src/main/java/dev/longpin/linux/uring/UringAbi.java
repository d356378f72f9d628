package dev.longpin.linux.uring;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/**
 * The numbers and the struct layouts of io_uring (the kernel's {@code
 * include/uapi/linux/io_uring.h} ). {@link UringCheck} compares them with what the running kernel
 * does.
 */
final class UringAbi {

  // Flags and features of io_uring_setup
  static final int SETUP_CQSIZE = 1 << 3;
  static final int SETUP_SUBMIT_ALL = 1 << 7;
  static final int FEAT_SINGLE_MMAP = 1;
  static final int FEAT_NODROP = 1 << 1;
  static final int FEAT_EXT_ARG = 1 << 8;

  // What io_uring_register registers
  static final int REGISTER_BUFFERS = 0;
  static final int UNREGISTER_BUFFERS = 1;
  static final int REGISTER_FILES = 2;
  static final int REGISTER_FILES_UPDATE = 6;
  static final int REGISTER_PROBE = 8;
  static final int REGISTER_BUFFERS2 = 15;
  static final int REGISTER_BUFFERS_UPDATE = 16;

  static final int REGISTER_CLONE_BUFFERS = 30;

  /** The largest number of bytes of one registered buffer. */
  static final long MAX_BUFFER_BYTES = 1L << 30;

  // Flags of io_uring_enter
  static final int ENTER_GETEVENTS = 1;
  static final int ENTER_EXT_ARG = 1 << 3;

  // Operations
  static final byte OP_NOP = 0;
  static final byte OP_FSYNC = 3;
  static final byte OP_READ_FIXED = 4;
  static final byte OP_WRITE_FIXED = 5;
  static final byte OP_ASYNC_CANCEL = 14;
  static final byte OP_READ = 22;
  static final byte OP_WRITE = 23;
  static final byte OP_SEND = 26;
  static final byte OP_SEND_ZC = 47;

  /** The flag of a submission: its file is the index of a registered one. */
  static final byte SQE_FIXED_FILE = 1;

  /** Flags of SEND_ZC: its buffer is registered; its notification says whether it copied. */
  static final short SEND_FIXED_BUFFER = 1 << 2;

  static final short SEND_ZC_REPORT_USAGE = 1 << 3;

  /** In the result of a notification: the kernel copied after all. */
  static final int NOTIFICATION_COPIED = 1 << 31;

  // Flags of a completion
  static final int CQE_MORE = 1 << 1;
  static final int CQE_NOTIFICATION = 1 << 3;

  /** Where the rings and the submission entries are mapped from. */
  static final long MAP_RINGS = 0;

  static final long MAP_ENTRIES = 0x1000_0000L;

  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private static final StructLayout SQ_OFFSETS =
      MemoryLayout.structLayout(
          INT.withName("head"),
          INT.withName("tail"),
          INT.withName("ring_mask"),
          INT.withName("ring_entries"),
          INT.withName("flags"),
          INT.withName("dropped"),
          INT.withName("array"),
          INT.withName("resv1"),
          LONG.withName("user_addr"));

  private static final StructLayout CQ_OFFSETS =
      MemoryLayout.structLayout(
          INT.withName("head"),
          INT.withName("tail"),
          INT.withName("ring_mask"),
          INT.withName("ring_entries"),
          INT.withName("overflow"),
          INT.withName("cqes"),
          INT.withName("flags"),
          INT.withName("resv1"),
          LONG.withName("user_addr"));

  /** {@code struct io_uring_params}. */
  static final StructLayout PARAMS =
      MemoryLayout.structLayout(
          INT.withName("sq_entries"),
          INT.withName("cq_entries"),
          INT.withName("flags"),
          INT.withName("sq_thread_cpu"),
          INT.withName("sq_thread_idle"),
          INT.withName("features"),
          INT.withName("wq_fd"),
          MemoryLayout.sequenceLayout(3, INT).withName("resv"),
          SQ_OFFSETS.withName("sq_off"),
          CQ_OFFSETS.withName("cq_off"));

  static final long PARAMS_SQ_ENTRIES = offset(PARAMS, "sq_entries");
  static final long PARAMS_CQ_ENTRIES = offset(PARAMS, "cq_entries");
  static final long PARAMS_FLAGS = offset(PARAMS, "flags");
  static final long PARAMS_FEATURES = offset(PARAMS, "features");
  static final long PARAMS_SQ_OFF = offset(PARAMS, "sq_off");
  static final long PARAMS_CQ_OFF = offset(PARAMS, "cq_off");

  static final long OFF_HEAD = offset(SQ_OFFSETS, "head");
  static final long OFF_TAIL = offset(SQ_OFFSETS, "tail");
  static final long OFF_MASK = offset(SQ_OFFSETS, "ring_mask");
  static final long OFF_ARRAY = offset(SQ_OFFSETS, "array");
  static final long OFF_CQES = offset(CQ_OFFSETS, "cqes");

  /** {@code struct io_uring_sqe}. */
  static final StructLayout SQE =
      MemoryLayout.structLayout(
          BYTE.withName("opcode"),
          BYTE.withName("flags"),
          SHORT.withName("ioprio"),
          INT.withName("fd"),
          LONG.withName("off"),
          LONG.withName("addr"),
          INT.withName("len"),
          INT.withName("op_flags"),
          LONG.withName("user_data"),
          SHORT.withName("buf_index"),
          SHORT.withName("personality"),
          INT.withName("file_index"),
          LONG.withName("addr3"),
          LONG.withName("pad"));

  static final long SQE_OPCODE = offset(SQE, "opcode");
  static final long SQE_FLAGS = offset(SQE, "flags");
  static final long SQE_IOPRIO = offset(SQE, "ioprio");
  static final long SQE_FD = offset(SQE, "fd");
  static final long SQE_OFF = offset(SQE, "off");
  static final long SQE_ADDR = offset(SQE, "addr");
  static final long SQE_LEN = offset(SQE, "len");
  static final long SQE_OP_FLAGS = offset(SQE, "op_flags");
  static final long SQE_USER_DATA = offset(SQE, "user_data");
  static final long SQE_BUF_INDEX = offset(SQE, "buf_index");

  /** {@code struct io_uring_cqe}. */
  static final StructLayout CQE =
      MemoryLayout.structLayout(
          LONG.withName("user_data"), INT.withName("res"), INT.withName("flags"));

  static final long CQE_USER_DATA = offset(CQE, "user_data");
  static final long CQE_RES = offset(CQE, "res");
  static final long CQE_FLAGS = offset(CQE, "flags");

  /** {@code struct iovec}. */
  static final StructLayout IOVEC =
      MemoryLayout.structLayout(LONG.withName("iov_base"), LONG.withName("iov_len"));

  /** {@code struct io_uring_files_update}. */
  static final StructLayout FILES_UPDATE =
      MemoryLayout.structLayout(INT.withName("offset"), INT.withName("resv"), LONG.withName("fds"));

  static final long FILES_UPDATE_FDS = offset(FILES_UPDATE, "fds");

  /** {@code struct io_uring_rsrc_register}. */
  static final StructLayout RSRC_REGISTER =
      MemoryLayout.structLayout(
          INT.withName("nr"),
          INT.withName("flags"),
          LONG.withName("resv2"),
          LONG.withName("data"),
          LONG.withName("tags"));

  static final long RSRC_REGISTER_NR = offset(RSRC_REGISTER, "nr");
  static final long RSRC_REGISTER_FLAGS = offset(RSRC_REGISTER, "flags");
  static final int RSRC_REGISTER_SPARSE = 1;

  /** {@code struct io_uring_rsrc_update2}. */
  static final StructLayout RSRC_UPDATE =
      MemoryLayout.structLayout(
          INT.withName("offset"),
          INT.withName("resv"),
          LONG.withName("data"),
          LONG.withName("tags"),
          INT.withName("nr"),
          INT.withName("resv2"));

  static final long RSRC_UPDATE_OFFSET = offset(RSRC_UPDATE, "offset");
  static final long RSRC_UPDATE_DATA = offset(RSRC_UPDATE, "data");
  static final long RSRC_UPDATE_NR = offset(RSRC_UPDATE, "nr");

  /** {@code struct io_uring_clone_buffers}: source, flags, offsets, number, padding. */
  static final StructLayout CLONE_BUFFERS =
      MemoryLayout.structLayout(
          INT.withName("src_fd"),
          INT.withName("flags"),
          INT.withName("src_off"),
          INT.withName("dst_off"),
          INT.withName("nr"),
          MemoryLayout.sequenceLayout(3, INT).withName("pad"));

  /** {@code struct io_uring_getevents_arg}. */
  static final StructLayout GETEVENTS_ARG =
      MemoryLayout.structLayout(
          LONG.withName("sigmask"),
          INT.withName("sigmask_sz"),
          INT.withName("min_wait_usec"),
          LONG.withName("ts"));

  static final long GETEVENTS_ARG_TS = offset(GETEVENTS_ARG, "ts");

  /** {@code struct __kernel_timespec}. */
  static final StructLayout TIMESPEC =
      MemoryLayout.structLayout(LONG.withName("tv_sec"), LONG.withName("tv_nsec"));

  /** {@code struct io_uring_probe} with 256 operations. */
  static final long PROBE_BYTES = 16 + 256 * 8L;

  static final int PROBE_OPS = 256;

  /** Returns where in a probe the flags of an operation are. */
  static long probeFlags(byte operation) {
    return 16 + (operation & 0xFF) * 8L + 2;
  }

  /** Of the flags of an operation in a probe: the kernel has it. */
  static final short OP_SUPPORTED = 1;

  private UringAbi() {}

  private static long offset(StructLayout layout, String field) {
    return layout.byteOffset(PathElement.groupElement(field));
  }
}
