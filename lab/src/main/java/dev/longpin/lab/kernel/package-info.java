/** The same hazards on the kernel that is running. */
@NullMarked
package dev.longpin.lab.kernel;

import org.jspecify.annotations.NullMarked;
