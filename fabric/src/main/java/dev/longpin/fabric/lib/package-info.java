/**
 * libfabric as it is: its public structs, its calls, and the objects that it makes. {@code LibFabric}
 * alone knows a linker; {@code AbiCheck} sees that the library lays its structs out as its headers
 * say.
 */
@NullMarked
package dev.longpin.fabric.lib;

import org.jspecify.annotations.NullMarked;
