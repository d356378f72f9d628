/** {@code longpin doctor}. */
@NullMarked
package dev.longpin.cli.doctor;

import org.jspecify.annotations.NullMarked;
