package io.headrace.offload;

import io.headrace.bpf.BpfException;
import io.headrace.bpf.BpfLink;
import io.headrace.bpf.BpfMap;
import io.headrace.bpf.BpfProgram;
import io.headrace.link.IngressFilter;
import io.headrace.link.LinkException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The flows that the kernel forwards by itself: the maps that it finds them in, the filter for the
 * sockets that capture, and the program at the ingress of each interface. All of it is the kernel's
 * to clean up when this process ends, however that happens; but on kernels before Linux 6.6 for the
 * program, which stays where the process is killed and does nothing then ({@link IngressFilter}).
 *
 * <p>Threading: one thread at a time; a writer may be another's.
 */
public final class KernelFlows implements AutoCloseable {
  /**
   * An interface that frames come in by and go out by.
   *
   * @param index in the network namespace of the thread that attaches
   * @param name for messages
   * @param mtu the longest packet that goes out, in bytes
   */
  public record Port(int index, String name, int mtu) {}

  /** Entries are 64 bytes, and this process maps at most 2 GB of them. */
  private static final int MOST_FLOWS = 1 << 23;

  private final int capacity;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private List<Port> ports = List.of();
  private FlowMaps maps;
  private BpfProgram filter;
  private BpfProgram redirect;

  private KernelFlows(int capacity) {
    this.capacity = Math.clamp(capacity, 1, MOST_FLOWS);
  }

  /**
   * Makes the maps and loads the programs, which takes some tens of milliseconds; nothing comes of
   * them before {@link #attach}.
   *
   * @param capacity flows at one time; each takes 256 bytes of the kernel's memory from the start
   * @throws BpfException when the kernel refuses a map or a program
   */
  public static KernelFlows load(int capacity) {
    KernelFlows kernel = new KernelFlows(capacity);
    try {
      kernel.load();
      return kernel;
    } catch (BpfException e) {
      kernel.close();
      throw e;
    }
  }

  private void load() {
    int both = FlowEntry.PER_FLOW * capacity;
    maps =
        new FlowMaps(
            flows("headrace_flows", Family.IPV4, both),
            flows("headrace_flows6", Family.IPV6, both),
            opened(BpfMap.array("headrace_data", FlowEntry.LENGTH, both)),
            opened(BpfMap.array("headrace_data6", FlowAddresses.LENGTH, both)),
            opened(BpfMap.perProcessor("headrace_next", Integer.BYTES)));
    filter =
        opened(
            BpfProgram.load(
                "headrace_filter", BpfProgram.Kind.SOCKET_FILTER, FlowFilter.code(maps)));
    redirect =
        opened(
            BpfProgram.load(
                "headrace_nat", BpfProgram.Kind.TRAFFIC_CONTROL, FlowRedirect.code(maps)));
  }

  /**
   * Attaches the program to the interfaces, before the first {@link #writer}. Sockets that capture
   * there need the {@link #filter} before the first flow is given.
   *
   * @param on in an order of the caller's choice, which {@link FlowWriter} goes by
   * @throws BpfException when the kernel refuses
   * @throws LinkException likewise
   */
  public void attach(List<Port> on) {
    attach(on, true);
  }

  /**
   * As {@link #attach(List)}.
   *
   * @param links whether to try what kernels have from Linux 6.6 on
   */
  void attach(List<Port> on, boolean links) {
    ports = List.copyOf(on);
    for (Port port : ports) {
      Optional<BpfLink> link =
          links ? BpfLink.ingress(redirect, port.index(), port.name()) : Optional.empty();
      if (link.isPresent()) {
        opened(link.get());
      } else {
        opened(IngressFilter.attach(redirect.descriptor(), port.index(), port.name()));
      }
    }
  }

  private BpfMap flows(String name, Family family, int entries) {
    return opened(BpfMap.hash(name, FlowKey.length(family), Integer.BYTES, entries));
  }

  private <T extends AutoCloseable> T opened(T resource) {
    opened.add(resource);
    return resource;
  }

  /** The filter of a socket that captures on one of the interfaces. */
  public BpfProgram filter() {
    return filter;
  }

  /** The interfaces, as {@link #attach} was given them. */
  public List<Port> ports() {
    return ports;
  }

  /** How many flows fit. */
  public int capacity() {
    return capacity;
  }

  /** A writer for one thread. */
  public FlowWriter writer() {
    return new FlowWriter(ports, maps);
  }

  /** Takes the programs off; frames of the flows go to the pipeline again. May be called twice. */
  @Override
  public void close() {
    for (AutoCloseable resource : opened.reversed()) {
      try {
        resource.close();
      } catch (Exception e) {
        throw new AssertionError("what is of the kernel closes without a word", e);
      }
    }
    opened.clear();
  }
}
