package dev.longpin.guest.host;

import dev.longpin.api.Holder;

/**
 * A guest at one moment.
 *
 * @param holder its name among all holders: that of its pins
 * @param memoryBytes what it has, or 0 if it has none yet
 * @param pins how many pins it has
 * @param isEnding whether its memory is being taken away
 */
public record GuestInfo(Holder holder, Peer peer, long memoryBytes, int pins, boolean isEnding) {}
