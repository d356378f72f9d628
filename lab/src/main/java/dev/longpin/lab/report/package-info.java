/** What came of a run, as JSON and as one HTML file. */
@NullMarked
package dev.longpin.lab.report;

import org.jspecify.annotations.NullMarked;
