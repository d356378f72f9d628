package dev.longpin.linux.sys;

import java.lang.foreign.SymbolLookup;

/** The calls of this system. */
public record SystemCalls(
    Libc files, MemoryCalls memory, UringCalls uring, SocketCalls sockets, PacketCalls packets) {

  /** Finds all functions; throws as {@link Downcalls#find} does. */
  public static SystemCalls find(SymbolLookup symbols) {
    Downcalls calls = new Downcalls(symbols);
    return new SystemCalls(
        new Libc(calls),
        new MemoryCalls(calls),
        new UringCalls(calls),
        new SocketCalls(calls),
        new PacketCalls(calls));
  }
}
