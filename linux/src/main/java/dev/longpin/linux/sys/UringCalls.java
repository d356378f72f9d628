package dev.longpin.linux.sys;

import static dev.longpin.linux.sys.Downcalls.ADDRESS;
import static dev.longpin.linux.sys.Downcalls.INT;
import static dev.longpin.linux.sys.Downcalls.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The three calls of io_uring, which the C library has no functions for. */
public final class UringCalls {

  private static final long SYS_IO_URING_SETUP = 425;
  private static final long SYS_IO_URING_ENTER = 426;
  private static final long SYS_IO_URING_REGISTER = 427;

  private final MethodHandle setup;
  private final MethodHandle enter;
  private final MethodHandle register;

  /** Finds the function; throws as {@link Downcalls#find} does. */
  public UringCalls(Downcalls calls) {
    setup = calls.find("syscall", 1, LONG, LONG, INT, ADDRESS);
    enter = calls.find("syscall", 1, LONG, LONG, INT, INT, INT, INT, ADDRESS, LONG);
    register = calls.find("syscall", 1, LONG, LONG, INT, INT, ADDRESS, INT);
  }

  /** Makes a ring; {@code params} is a {@code struct io_uring_params}. Returns its descriptor. */
  public int setup(int entries, MemorySegment params) {
    return (int)
        Downcalls.call(
            errno -> (long) setup.invokeExact(errno, SYS_IO_URING_SETUP, entries, params));
  }

  /** Allocates a place for the error number of {@link #enter}. */
  public static MemorySegment errnoPlace(Arena arena) {
    return Downcalls.place(arena);
  }

  /**
   * Submits and waits. A signal that interrupts it is an error like any other, and an answer that
   * came before it is not lost.
   *
   * @param argument a {@code struct io_uring_getevents_arg}, or null
   * @param errno a place for the error number, used by one call at a time
   * @return the number submitted, or the negated error number
   */
  public int enter(
      int ring,
      int submit,
      int minComplete,
      int flags,
      MemorySegment argument,
      MemorySegment errno) {
    return (int)
        Downcalls.once(
            errno,
            place ->
                (long)
                    enter.invokeExact(
                        place,
                        SYS_IO_URING_ENTER,
                        ring,
                        submit,
                        minComplete,
                        flags,
                        argument,
                        argument.byteSize()));
  }

  /** Registers something with a ring. */
  public int register(int ring, int what, MemorySegment argument, int count) {
    return (int)
        Downcalls.call(errno ->
            (long) register.invokeExact(errno, SYS_IO_URING_REGISTER, ring, what, argument, count));
  }
}
