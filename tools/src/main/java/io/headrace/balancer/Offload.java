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
record Offload(Optional<KernelFlows> kernel, Optional<String> refusal) implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Offload.class);

  /** Each takes 256 bytes of the kernel's memory from the start. */
  private static final int MOST_FLOWS = 1 << 18;

  /** Begins with what takes time and needs no interface; then {@link #attach}. */
  static Offload load(PassthroughConfig settings) {
    if (settings.offload() == PassthroughConfig.Offload.OFF) {
      return new Offload(Optional.empty(), Optional.empty());
    }
    if (settings.io() == Io.PCAP) {
      return refused("it takes io = \"packet\", not \"pcap\"");
    }
    try {
      int flows = Math.min(settings.connectionTrackerCapacity(), MOST_FLOWS);
      return new Offload(Optional.of(KernelFlows.load(flows)), Optional.empty());
    } catch (BpfException e) {
      return refused(e.getMessage());
    }
  }

  /**
   * Has frames that come in on the arms go by it, where it is loaded.
   *
   * @param opened takes it, so that it is closed with what is opened after the arms
   */
  Offload attach(Arms arms, Resources opened) {
    try {
      kernel.ifPresent(
          flows -> {
            opened.open(flows).attach(arms.ports());
            arms.filter(flows.filter());
          });
      return this;
    } catch (BpfException | FrameIoException | LinkException e) {
      close();
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

  @Override
  public void close() {
    kernel.ifPresent(KernelFlows::close);
  }
}
