package dev.longpin.fabric;

import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.base.Randoms;
import dev.longpin.base.Seam;
import dev.longpin.fabric.FabricException.Kind;
import dev.longpin.fabric.lib.ActiveEndpoint;
import dev.longpin.fabric.lib.CompletionQueue;
import dev.longpin.fabric.lib.Domain;
import dev.longpin.fabric.lib.Domain.Use;
import dev.longpin.fabric.lib.EventQueue;
import dev.longpin.fabric.lib.FabricCallException;
import dev.longpin.fabric.lib.FabricObject;
import dev.longpin.fabric.lib.Info;
import dev.longpin.fabric.lib.LibFabric;
import dev.longpin.fabric.lib.PassiveEndpoint;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

