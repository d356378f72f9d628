/**
 * What a file must hold after devices and programs worked on it, whoever says what is in it: the
 * ledger, the log by which it outlives the process, and the comparison.
 */
@NullMarked
package dev.longpin.cli.ledger;

import org.jspecify.annotations.NullMarked;
