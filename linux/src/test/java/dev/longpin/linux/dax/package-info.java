@NullMarked
package dev.longpin.linux.dax;

import org.jspecify.annotations.NullMarked;
