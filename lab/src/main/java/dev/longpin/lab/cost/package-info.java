/** What each policy costs, on real threads and without the scheduler. */
@NullMarked
package dev.longpin.lab.cost;

import org.jspecify.annotations.NullMarked;
