package dev.longpin.linux.sys;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;
import java.util.function.Consumer;

/**
 * How C functions are found and called; with {@link Libc}'s kin in this package the only place that
 * knows a {@link Linker}.
 *
 * <p>Every call returns its result, or the negated error number as a raw system call would ({@link
 * Errno}). A call that a signal interrupted is repeated. All of them block in native code without
 * holding up garbage collection, and none of them notices a Java interrupt.
 */
@SuppressWarnings("restricted")
public final class Downcalls {

  static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
  static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  /** For functions that have no variable arguments. */
  static final int FIXED = -1;

  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final long ERRNO = offset(CAPTURE, "errno");

  private final SymbolLookup symbols;

  /** Will look functions up in {@code symbols}. */
  public Downcalls(SymbolLookup symbols) {
    this.symbols = symbols;
  }

  /** Returns where the system's own functions are found. */
  public static SymbolLookup system() {
    return Linker.nativeLinker().defaultLookup();
  }

  /**
   * Finds a function; the handle's first argument is a {@link #place} for its errno.
   *
   * @param firstVariadic the first variable argument, or {@link #FIXED}
   * @throws NoSuchElementException if it is missing
   * @throws UnsupportedOperationException if there is no linker
   * @throws IllegalCallerException if native access is denied to this module
   */
  MethodHandle find(
      String name, int firstVariadic, MemoryLayout result, MemoryLayout... arguments) {
    Linker.Option errno = Linker.Option.captureCallState("errno");
    Linker.Option[] options =
        firstVariadic == FIXED
            ? new Linker.Option[] {errno}
            : new Linker.Option[] {errno, Linker.Option.firstVariadicArg(firstVariadic)};
    return Linker.nativeLinker()
        .downcallHandle(
            symbols.findOrThrow(name), FunctionDescriptor.of(result, arguments), options);
  }

  /** Finds a function that sets no errno. */
  MethodHandle findPlain(String name, MemoryLayout result, MemoryLayout... arguments) {
    return Linker.nativeLinker()
        .downcallHandle(symbols.findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }

  static long offset(StructLayout layout, String field) {
    return layout.byteOffset(MemoryLayout.PathElement.groupElement(field));
  }

  /** A call with a place for its errno. */
  @FunctionalInterface
  interface Call {
    long with(MemorySegment errno) throws Throwable;
  }

  /** Allocates a place for an errno. */
  static MemorySegment place(Arena arena) {
    return arena.allocate(CAPTURE);
  }

  /** Makes a call once: EINTR is returned like any other error. */
  static long once(MemorySegment place, Call call) {
    long result;
    try {
      result = call.with(place);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a downcall throws nothing checked", e);
    }
    return result < 0 ? -place.get(INT, ERRNO) : result;
  }

  /** Makes a call, again if a signal interrupts it. */
  static long call(Arena arena, Call call) {
    MemorySegment place = place(arena);
    long result;
    do {
      result = once(place, call);
    } while (Errno.EINTR.is(result));
    return result;
  }

  /** The same, with an arena of its own. */
  static long call(Call call) {
    try (Arena arena = Arena.ofConfined()) {
      return call(arena, call);
    }
  }

  /** Returns the memory at an address, of which the caller knows that it is there. */
  public static MemorySegment memoryAt(long address, long bytes) {
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }

  /** The same for as long as an arena lives; then {@code end} gets it. */
  public static MemorySegment memoryAt(
      long address, long bytes, Arena arena, Consumer<MemorySegment> end) {
    return MemorySegment.ofAddress(address).reinterpret(bytes, arena, end);
  }
}
