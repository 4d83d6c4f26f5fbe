package io.headrace.balancer;

import io.headrace.admin.AdminServer;
import io.headrace.admin.Statistics;
import io.headrace.cli.CommandFailure;
import io.headrace.config.Address;
import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigWatcher;
import io.headrace.config.Mode;
import io.headrace.config.PassthroughConfig;
import io.headrace.config.PassthroughConfig.PortRange;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowStore;
import io.headrace.forward.ForwardingTables;
import io.headrace.forward.Hop;
import io.headrace.link.GuardState;
import io.headrace.link.HostClaim;
import io.headrace.link.LinkView;
import io.headrace.link.Links;
import io.headrace.link.NextHop;
import io.headrace.link.NextHopWatcher;
import io.headrace.link.PortSet;
import io.headrace.link.Resolution.Resolved;
import io.headrace.passthrough.Passthrough;
import io.headrace.pipeline.FlowTime;
import io.headrace.registry.HealthChecker;
import io.headrace.registry.Registry;
import io.headrace.registry.Server;
import io.headrace.registry.Snapshot;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.status.CountersManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running balancer. The registry and the machine (routes, neighbours) change on threads of their own; one control thread
 * brings the kernel guard and then the forwarding table in step with them, so that no frame is forwarded that the kernel
 * would answer too.
 */
public final class Balancer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Balancer.class);

  private final Registry registry;
  private final PassthroughConfig settings;
  private final ExecutorService control =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("control").factory());
  private final Closing closing = new Closing();
  private final Links links;
  private final HostClaim claim;
  private final Arms arms;
  private final Passthrough passthrough;
  private volatile LinkView view = new LinkView(List.of(), Map.of());
  private GuardState guarded;
}
