/**
 * RDMA over libfabric: connected endpoints, one for each peer, with one-sided reads and writes of
 * registered memory, and regions over the pages that are pinned for a peer.
 *
 * <p>Start with {@link dev.longpin.fabric.Fabric}. What a provider guarantees about transfers in
 * flight is in {@link dev.longpin.fabric.Endpoint#fence}.
 */
@NullMarked
package dev.longpin.fabric;

import org.jspecify.annotations.NullMarked;
