/** What this machine and its kernel do: for the doctor, and for the demo's look at bare Linux. */
@NullMarked
package dev.longpin.linux.probe;

import org.jspecify.annotations.NullMarked;
