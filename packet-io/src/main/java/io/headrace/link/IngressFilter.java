package io.headrace.link;

import java.util.List;

/**
 * A BPF program at the ingress of an interface, as a classifier of traffic control that acts by
 * itself (tc-bpf(8), direct-action): for kernels that have no link for that (tcx, Linux 6.6).
 *
 * <p>The kernel does not take it off when the process ends: what a killed process leaves, whoever
 * takes the {@link HostClaim} next removes. With the last filter of an interface goes what holds
 * them there (the qdisc clsact), whoever has made it: without filters it does nothing.
 *
 * <p>Works in the network namespace of the thread that attaches it. Numbers and layouts are those
 * of linux/rtnetlink.h and linux/pkt_cls.h.
 */
public final class IngressFilter implements AutoCloseable {
  /** Of each of these filters, by which leftovers are known. */
  static final String NAME = "headrace";

  private static final int RTM_NEWQDISC = 36;
  private static final int RTM_DELQDISC = 37;
  private static final int RTM_NEWTFILTER = 44;
  private static final int RTM_DELTFILTER = 45;
  private static final int RTM_GETTFILTER = 46;
  private static final int TCMSG = 20;
  private static final int TCA_KIND = 1;
  private static final int TCA_OPTIONS = 2;
  private static final int TCA_BPF_FD = 6;
  private static final int TCA_BPF_NAME = 7;
  private static final int TCA_BPF_FLAGS = 8;
  private static final int ACT_DIRECT = 1;

  private static final String QDISC = "clsact";
  private static final int QDISC_HANDLE = 0xffff0000;
  private static final int QDISC_PARENT = 0xfffffff1;
  private static final int INGRESS = 0xfffffff2;
  private static final int EGRESS = 0xfffffff3;

  private static final String CLASSIFIER = "bpf";
  private static final int HANDLE = 1;

  /** The least that there is, so before all others. */
  private static final int PRIORITY = 1;

  /** ETH_P_ALL, in network order. */
  private static final int ALL_PROTOCOLS = 0x0300;

  private static final int EEXIST = 17;

  private final NetlinkSocket socket;
  private final int interfaceIndex;

  private IngressFilter(NetlinkSocket socket, int interfaceIndex) {
    this.socket = socket;
    this.interfaceIndex = interfaceIndex;
  }

  /**
   * Attaches a program, before others that are there.
   *
   * @param program descriptor of one of traffic control
   * @throws LinkException when the kernel refuses, and where another is first already: that would
   *     keep frames from it
   */
  public static IngressFilter attach(int program, int interfaceIndex, String interfaceName) {
    NetlinkSocket socket = NetlinkSocket.open();
    IngressFilter filter = new IngressFilter(socket, interfaceIndex);
    try {
      filter.attach(program, interfaceName);
      return filter;
    } catch (LinkException e) {
      socket.close();
      throw e;
    }
  }

  private void attach(int program, String interfaceName) {
    String what = "attach a BPF program to interface " + interfaceName;
    int errno = socket.ask(newQdisc(interfaceIndex)).errno();
    if (errno != 0 && errno != EEXIST) {
      throw LinkException.of(what, errno);
    }
    if (filters(socket, interfaceIndex, INGRESS).stream()
        .anyMatch(each -> priority(each) <= PRIORITY)) {
      throw new LinkException(
          "cannot %s: another comes first there (tc filter show dev %s ingress)"
              .formatted(what, interfaceName));
    }
    errno = socket.ask(newFilter(interfaceIndex, program)).errno();
    if (errno != 0) {
      removeQdiscIfUnused(socket, interfaceIndex);
      throw LinkException.of(what, errno);
    }
  }

  /** Removes those of a process that is gone. */
  static void removeLeftovers() {
    try (NetlinkSocket socket = NetlinkSocket.open()) {
      leftovers().forEach(each -> remove(socket, each.index()));
    }
  }

  /**
   * The interfaces that have one; of a process that is gone, where nobody has the {@link
   * HostClaim}.
   */
  public static List<Interface> leftovers() {
    try (Links links = Links.open();
        NetlinkSocket socket = NetlinkSocket.open()) {
      return links.interfaces().stream()
          .filter(
              each ->
                  filters(socket, each.index(), INGRESS).stream().anyMatch(IngressFilter::isOurs))
          .toList();
    }
  }

  /** What cannot be removed, as the interface is gone or the privilege, is left to the next. */
  private static void remove(NetlinkSocket socket, int interfaceIndex) {
    socket.ask(deleteFilter(interfaceIndex));
    removeQdiscIfUnused(socket, interfaceIndex);
  }

  private static void removeQdiscIfUnused(NetlinkSocket socket, int interfaceIndex) {
    if (filters(socket, interfaceIndex, INGRESS).isEmpty()
        && filters(socket, interfaceIndex, EGRESS).isEmpty()) {
      socket.ask(deleteQdisc(interfaceIndex));
    }
  }

  private static List<NetlinkMessage> filters(NetlinkSocket socket, int interfaceIndex, int hook) {
    return socket.dump(
        NetlinkRequest.dump(RTM_GETTFILTER, TCMSG).integer(4, interfaceIndex).integer(12, hook));
  }

  private static boolean isOurs(NetlinkMessage filter) {
    return filter.nestedText(TCMSG, TCA_OPTIONS, TCA_BPF_NAME).filter(NAME::equals).isPresent();
  }

  private static int priority(NetlinkMessage filter) {
    return filter.integer(16) >>> Short.SIZE;
  }

  private static NetlinkRequest newQdisc(int interfaceIndex) {
    return qdisc(NetlinkRequest.createNew(RTM_NEWQDISC, TCMSG), interfaceIndex);
  }

  /** Of that kind alone: one of another (ingress) stays. */
  private static NetlinkRequest deleteQdisc(int interfaceIndex) {
    return qdisc(NetlinkRequest.change(RTM_DELQDISC, TCMSG), interfaceIndex);
  }

  private static NetlinkRequest qdisc(NetlinkRequest request, int interfaceIndex) {
    return request
        .integer(4, interfaceIndex)
        .integer(8, QDISC_HANDLE)
        .integer(12, QDISC_PARENT)
        .text(TCA_KIND, QDISC);
  }

  private static NetlinkRequest newFilter(int interfaceIndex, int program) {
    return filter(NetlinkRequest.createNew(RTM_NEWTFILTER, TCMSG), interfaceIndex)
        .nested(
            TCA_OPTIONS,
            0,
            options ->
                options
                    .number(TCA_BPF_FD, program)
                    .text(TCA_BPF_NAME, NAME)
                    .number(TCA_BPF_FLAGS, ACT_DIRECT));
  }

  private static NetlinkRequest deleteFilter(int interfaceIndex) {
    return filter(NetlinkRequest.change(RTM_DELTFILTER, TCMSG), interfaceIndex);
  }

  private static NetlinkRequest filter(NetlinkRequest request, int interfaceIndex) {
    return request
        .integer(4, interfaceIndex)
        .integer(8, HANDLE)
        .integer(12, INGRESS)
        .integer(16, PRIORITY << Short.SIZE | ALL_PROTOCOLS)
        .text(TCA_KIND, CLASSIFIER);
  }

  /** Takes it off; where the interface is gone, so is the filter. */
  @Override
  public void close() {
    try (socket) {
      remove(socket, interfaceIndex);
    }
  }
}
