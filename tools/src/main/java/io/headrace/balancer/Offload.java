package io.headrace.balancer;

import io.headrace.bpf.BpfException;
import io.headrace.config.PassthroughConfig;
import io.headrace.config.PassthroughConfig.Io;
import io.headrace.io.FrameIoException;
import io.headrace.link.LinkException;
import io.headrace.offload.KernelFlows;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Has the kernel forward flows by itself where it can.
 *
 * @param kernel what it forwards them by
 * @param refusal why it does not, where the configuration would have it
 */
record Offload(Optional<KernelFlows> kernel, Optional<String> refusal) {
  private static final Logger LOG = LoggerFactory.getLogger(Offload.class);

  /** Each takes 192 bytes of the kernel's memory from the start. */
  private static final int MOST_FLOWS = 1 << 18;

  /** What is opened is closed with the other resources, after the arms' sockets have gone. */
  static Offload open(PassthroughConfig settings, Arms arms, Resources opened) {
    if (settings.offload() == PassthroughConfig.Offload.OFF) {
      return new Offload(Optional.empty(), Optional.empty());
    }
    if (settings.io() == Io.PCAP) {
      return refused("it takes io = \"packet\", not \"pcap\"");
    }
    try {
      KernelFlows kernel =
          KernelFlows.open(
              arms.ports(), Math.min(settings.connectionTrackerCapacity(), MOST_FLOWS));
      opened.open(kernel);
      arms.filter(kernel.filter());
      return new Offload(Optional.of(kernel), Optional.empty());
    } catch (BpfException | FrameIoException | LinkException e) {
      return refused(e.getMessage());
    }
  }

  private static Offload refused(String why) {
    return new Offload(Optional.empty(), Optional.of(why));
  }

  /** Tells a refusal: a warning only where the configuration insists. */
  void say(PassthroughConfig settings) {
    Level level = settings.offload() == PassthroughConfig.Offload.TC ? Level.WARN : Level.INFO;
    refusal.ifPresent(
        why -> LOG.atLevel(level).log("flows are not offloaded to the kernel: {}", why));
  }
}
