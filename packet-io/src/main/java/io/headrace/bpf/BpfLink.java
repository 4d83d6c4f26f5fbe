package io.headrace.bpf;

import java.util.Optional;

/**
 * A program at the ingress of an interface (tcx, Linux 6.6). The kernel takes it off when the link
 * is closed, so at the latest when the process ends.
 */
public final class BpfLink implements AutoCloseable {
  private static final int TCX_INGRESS = 46;

  /** Without another program to stand before: before all. */
  private static final int F_BEFORE = 1 << 3;

  // Fields of union bpf_attr.
  private static final int PROG_FD = 0;
  private static final int TARGET_IFINDEX = 4;
  private static final int ATTACH_TYPE = 8;
  private static final int FLAGS = 12;

  private final int descriptor;

  private BpfLink(int descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Attaches a program, before others that are there.
   *
   * @param interfaceIndex in the network namespace of the calling thread
   * @return empty where the kernel has no such links
   * @throws BpfException when the kernel refuses
   */
  public static Optional<BpfLink> ingress(
      BpfProgram program, int interfaceIndex, String interfaceName) {
    int descriptor =
        new BpfCall()
            .clear()
            .set(PROG_FD, program.descriptor())
            .set(TARGET_IFINDEX, interfaceIndex)
            .set(ATTACH_TYPE, TCX_INGRESS)
            .set(FLAGS, F_BEFORE)
            .call(BpfCall.LINK_CREATE);
    if (descriptor == -BpfCall.EINVAL) {
      return Optional.empty();
    }
    if (descriptor < 0) {
      throw BpfCall.failure("attaching a BPF program to interface " + interfaceName, -descriptor);
    }
    return Optional.of(new BpfLink(descriptor));
  }

  @Override
  public void close() {
    BpfCall.close(descriptor);
  }
}
