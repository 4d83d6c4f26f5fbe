package io.headrace.balancer;

import io.headrace.bpf.BpfException;
import io.headrace.config.PassthroughConfig;
import io.headrace.config.PassthroughConfig.Io;
import io.headrace.io.FrameIoException;
import io.headrace.offload.KernelFlows;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the kernel forward flows by itself where it can; where not, one line says why. */
final class Offload {
  private static final Logger LOG = LoggerFactory.getLogger(Offload.class);

  /** Each takes 192 bytes of the kernel's memory from the start. */
  private static final int MOST_FLOWS = 1 << 18;

  private Offload() {}

  /** What is opened is closed with the other resources, after the arms' sockets have gone. */
  static Optional<KernelFlows> open(PassthroughConfig settings, Arms arms, Resources opened) {
    if (settings.offload() == PassthroughConfig.Offload.OFF) {
      return Optional.empty();
    }
    if (settings.io() == Io.PCAP) {
      return without(settings, "it takes io = \"packet\", not \"pcap\"");
    }
    try {
      KernelFlows kernel =
          KernelFlows.open(
              arms.ports(), Math.min(settings.connectionTrackerCapacity(), MOST_FLOWS));
      opened.open(kernel);
      arms.filter(kernel.filter());
      return Optional.of(kernel);
    } catch (BpfException | FrameIoException e) {
      return without(settings, e.getMessage());
    }
  }

  private static Optional<KernelFlows> without(PassthroughConfig settings, String why) {
    if (settings.offload() == PassthroughConfig.Offload.TC) {
      LOG.warn("flows are not offloaded to the kernel: {}", why);
    } else {
      LOG.info("flows are not offloaded to the kernel: {}", why);
    }
    return Optional.empty();
  }
}
