package dev.longpin.lab;

import java.nio.file.Path;
import java.util.Set;

/**
 * What a run of the lab is asked for.
 *
 * @param hazards the rows
 * @param columns the columns
 * @param schedules how many schedules a cell gets
 * @param seed what samples depend on
 * @param folder where the live kernel gets files to work on
 */
public record LabOptions(
    Set<Hazard> hazards, Set<Column> columns, int schedules, long seed, Path folder) {}
