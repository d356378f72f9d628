package dev.longpin.lab;

/**
 * What a policy costs, measured on real threads and without the scheduler.
 *
 * @param truncates how many were tried
 * @param medianMicros of those that came about; 0 if none did
 * @param p99Micros likewise
 * @param refused how many failed at once
 * @param timedOut how many met their deadline
 * @param pinsRefused how many long-term pins were refused by the policy
 * @param revocations how many notices went out
 */
public record PolicyCost(
    Column column,
    long truncates,
    double medianMicros,
    double p99Micros,
    long refused,
    long timedOut,
    long pinsRefused,
    long revocations) {}
