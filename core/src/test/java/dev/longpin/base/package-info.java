@NullMarked
package dev.longpin.base;

import org.jspecify.annotations.NullMarked;
