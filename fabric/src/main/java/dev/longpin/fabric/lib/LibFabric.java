package dev.longpin.fabric.lib;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * The C library libfabric, and the only place here that knows a {@link Linker}. Most of its API is
 * inline functions of its headers, which call through tables of function pointers that each object
 * has: {@link #at} finds those.
 *
 * <p>Calls return what libfabric's do: 0 or more, or a negated error number ({@link #describe}).
 */
@SuppressWarnings("restricted")
public final class LibFabric {

  /** What we were written against: 1.17. The library answers as that version did. */
  static final int API_VERSION = 1 << 16 | 17;

  private static final String NAME = "libfabric.so.1";

  static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  /** All of memory: what a pointer of the library points to is there. */
  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final int MAX_STRING = 1 << 16;

  private static final Loaded LOADED = load();

  private final MethodHandle version;
  private final MethodHandle getinfo;
  private final MethodHandle freeinfo;
  private final MethodHandle dupinfo;
  private final MethodHandle fabric;
  private final MethodHandle strerror;
  private final MethodHandle tostr;

  private record Loaded(@Nullable LibFabric library, String problem) {}

  private LibFabric(SymbolLookup symbols) {
    version = find(symbols, "fi_version", INT);
    getinfo = find(symbols, "fi_getinfo", INT, INT, ADDRESS, ADDRESS, LONG, ADDRESS, ADDRESS);
    freeinfo =
        Linker.nativeLinker()
            .downcallHandle(
                symbols.findOrThrow("fi_freeinfo"), FunctionDescriptor.ofVoid(ADDRESS));
    dupinfo = find(symbols, "fi_dupinfo", ADDRESS, ADDRESS);
    fabric = find(symbols, "fi_fabric", INT, ADDRESS, ADDRESS, ADDRESS);
    strerror = find(symbols, "fi_strerror", ADDRESS, INT);
    tostr = find(symbols, "fi_tostr_r", ADDRESS, ADDRESS, LONG, ADDRESS, INT);
  }

  private static Loaded load() {
    try {
      LibFabric library = new LibFabric(SymbolLookup.libraryLookup(NAME, Arena.global()));
      String problem = library.check();
      return new Loaded(problem.isEmpty() ? library : null, problem);
    } catch (IllegalArgumentException e) {
      return new Loaded(null, NAME + " is not there: install libfabric1");
    } catch (RuntimeException e) {
      return new Loaded(null, NAME + " can't be used: " + e);
    }
  }

  private String check() {
    int found = version();
    if (found >>> 16 != API_VERSION >>> 16 || found < API_VERSION) {
      return NAME + " is of version " + versionText() + ", and 1.17 or newer is needed";
    }
    return AbiCheck.problem(this);
  }

  /** Returns whether the library is there, and laid out as we know it. */
  public static boolean isAvailable() {
    return LOADED.library != null;
  }

  /** Returns why it is not available, in a line; empty if it is. */
  public static String problem() {
    return LOADED.problem;
  }

  /**
   * Returns the library.
   *
   * @throws IllegalStateException if it is not {@linkplain #isAvailable available}
   */
  public static LibFabric get() {
    if (LOADED.library == null) {
      throw new IllegalStateException(LOADED.problem);
    }
    return LOADED.library;
  }

  private static MethodHandle find(
      SymbolLookup symbols, String name, MemoryLayout result, MemoryLayout... arguments) {
    return Linker.nativeLinker()
        .downcallHandle(symbols.findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }

  /** Returns a handle for functions whose address is its first argument. */
  static MethodHandle at(MemoryLayout result, MemoryLayout... arguments) {
    return Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(result, arguments));
  }

  // Memory

  static long load(long address) {
    return MEMORY.get(LONG, address);
  }

  static int loadInt(long address) {
    return MEMORY.get(INT, address);
  }

  static MemorySegment memory(long address, long bytes) {
    return MEMORY.asSlice(address, bytes);
  }

  /** Returns a C string, or the empty one for a null pointer. */
  static String string(long address) {
    return address == 0 ? "" : memory(address, MAX_STRING).getString(0);
  }

  // Functions

  /** A call of the library. */
  @FunctionalInterface
  interface Call {
    long run() throws Throwable;
  }

  static long call(Call call) {
    try {
      return call.run();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a downcall throws nothing checked", e);
    }
  }

  int version() {
    return (int) call(() -> (int) version.invokeExact());
  }

  /** Returns the library's version, such as "1.17". */
  public String versionText() {
    int found = version();
    return (found >>> 16) + "." + (found & 0xFFFF);
  }

  int getinfo(
      MemorySegment node,
      MemorySegment service,
      long flags,
      MemorySegment hints,
      MemorySegment result) {
    return (int)
        call(() ->
            (int) getinfo.invokeExact(API_VERSION, node, service, flags, hints, result));
  }

  void freeinfo(long info) {
    call(() -> {
      freeinfo.invokeExact(MemorySegment.ofAddress(info));
      return 0;
    });
  }

  /** Copies what {@code info} points to; of null makes an empty one. Returns 0 without memory. */
  long dupinfo(long info) {
    return call(() ->
        ((MemorySegment) dupinfo.invokeExact(MemorySegment.ofAddress(info))).address());
  }

  int fabric(long attributes, MemorySegment result) {
    return (int)
        call(() ->
            (int)
                fabric.invokeExact(
                    MemorySegment.ofAddress(attributes), result, MemorySegment.NULL));
  }

  /** Returns the library's text for a negated error number. */
  public String describe(long result) {
    int number = (int) -result;
    return string(
            call(() -> ((MemorySegment) strerror.invokeExact(number)).address()))
        + " ("
        + number
        + ")";
  }

  /** Returns the library's text for a struct. */
  String toText(long data, int type) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(MAX_STRING);
      long end =
          call(() ->
              ((MemorySegment)
                      tostr.invokeExact(
                          text, text.byteSize(), MemorySegment.ofAddress(data), type))
                  .address());
      return end == 0 ? "" : text.getString(0);
    }
  }
}
