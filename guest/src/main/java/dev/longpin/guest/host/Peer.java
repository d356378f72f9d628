package dev.longpin.guest.host;

/**
 * Who is at the other end of a connection.
 *
 * @param processId as the kernel knew it when it connected
 * @param userId likewise
 * @param groupId likewise
 * @param name what it calls itself, which anybody can say
 */
public record Peer(int processId, int userId, int groupId, String name) {}
