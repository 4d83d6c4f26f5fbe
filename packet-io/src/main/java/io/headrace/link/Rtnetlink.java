package io.headrace.link;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The messages of rtnetlink(7) that this package speaks: how requests are laid out, and what
 * answers mean. Numbers and layouts are those of linux/rtnetlink.h, if_link.h, if_addr.h and
 * neighbour.h.
 */
final class Rtnetlink {
  static final int GROUP_LINK = 1;
  static final int GROUP_NEIGHBOUR = 3;
  static final int GROUP_IPV4_ADDRESS = 5;
  static final int GROUP_IPV4_ROUTE = 7;
  static final int GROUP_IPV6_ADDRESS = 9;
  static final int GROUP_IPV6_ROUTE = 11;

  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  private static final int RTM_NEWLINK = 16;
  private static final int RTM_DELLINK = 17;
  private static final int RTM_GETLINK = 18;
  private static final int IFINFOMSG = 16;
  private static final int IFLA_ADDRESS = 1;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_MTU = 4;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_INFO_KIND = 1;
  private static final int IFLA_INFO_DATA = 2;
  private static final int VETH_INFO_PEER = 1;
  private static final int IFF_UP = 0x1;
  private static final int IFF_LOOPBACK = 0x8;
  private static final int IFF_RUNNING = 0x40;
  private static final int IFF_NOARP = 0x80;

  private static final int RTM_NEWADDR = 20;
  private static final int RTM_GETADDR = 22;
  private static final int IFADDRMSG = 8;
  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int IFA_F_NODAD = 0x02;
  private static final int SCOPE_LINK = 253;

  private static final int RTM_GETROUTE = 26;
  private static final int RTMSG = 12;
  private static final int RTA_DST = 1;
  private static final int RTA_OIF = 4;
  private static final int RTA_GATEWAY = 5;
  private static final int RTA_PREFSRC = 7;
  private static final int RTA_METRICS = 8;
  private static final int RTA_VIA = 18;
  private static final int RTAX_MTU = 2;
  private static final int RTN_UNICAST = 1;
  private static final int RTN_LOCAL = 2;

  private static final int RTM_NEWNEIGH = 28;
  private static final int RTM_GETNEIGH = 30;
  private static final int NDMSG = 12;
  private static final int NDA_DST = 1;
  private static final int NDA_LLADDR = 2;
  private static final int NTF_USE = 0x01;

  private static final int MAC_LENGTH = 6;

  private Rtnetlink() {}

  static NetlinkRequest interfaces() {
    return NetlinkRequest.dump(RTM_GETLINK, IFINFOMSG);
  }

  /** Of both families. */
  static NetlinkRequest addresses() {
    return NetlinkRequest.dump(RTM_GETADDR, IFADDRMSG);
  }

  /** Makes two interfaces, each of which gets what is sent on the other (veth(4)). */
  static NetlinkRequest createPair(String name, String peer, int mtu) {
    return NetlinkRequest.createNew(RTM_NEWLINK, IFINFOMSG)
        .text(IFLA_IFNAME, name)
        .number(IFLA_MTU, mtu)
        .nested(
            IFLA_LINKINFO,
            0,
            info ->
                info.text(IFLA_INFO_KIND, "veth")
                    .nested(
                        IFLA_INFO_DATA,
                        0,
                        data ->
                            data.nested(
                                VETH_INFO_PEER,
                                IFINFOMSG,
                                end -> end.text(IFLA_IFNAME, peer).number(IFLA_MTU, mtu))));
  }

  /** Switches an interface on, on which nobody is asked where a station is. */
  static NetlinkRequest switchOn(int interfaceIndex) {
    return NetlinkRequest.change(RTM_NEWLINK, IFINFOMSG)
        .integer(4, interfaceIndex)
        .integer(8, IFF_UP | IFF_NOARP)
        .integer(12, IFF_UP | IFF_NOARP);
  }

  static NetlinkRequest delete(int interfaceIndex) {
    return NetlinkRequest.change(RTM_DELLINK, IFINFOMSG).integer(4, interfaceIndex);
  }

  /** Gives an interface an address, which the machine does not prefer for anything else. */
  static NetlinkRequest addAddress(int interfaceIndex, Interface.Address address) {
    byte[] bytes = address.address().getAddress();
    return NetlinkRequest.createNew(RTM_NEWADDR, IFADDRMSG)
        .unsignedByte(0, family(address.address()))
        .unsignedByte(1, address.prefixLength())
        .unsignedByte(2, IFA_F_NODAD)
        .unsignedByte(3, SCOPE_LINK)
        .integer(4, interfaceIndex)
        .attribute(IFA_LOCAL, bytes)
        .attribute(IFA_ADDRESS, bytes);
  }

  static NetlinkRequest route(InetAddress destination) {
    byte[] bytes = destination.getAddress();
    return NetlinkRequest.get(RTM_GETROUTE, RTMSG)
        .unsignedByte(0, family(destination))
        .unsignedByte(1, bytes.length * Byte.SIZE)
        .attribute(RTA_DST, bytes);
  }

  static NetlinkRequest neighbour(int interfaceIndex, InetAddress station) {
    return NetlinkRequest.get(RTM_GETNEIGH, NDMSG)
        .unsignedByte(0, family(station))
        .integer(4, interfaceIndex)
        .attribute(NDA_DST, station.getAddress());
  }

  /** Tells the kernel that a station is in use, as {@code ip neigh … use} does. */
  static NetlinkRequest use(int interfaceIndex, InetAddress station) {
    return NetlinkRequest.create(RTM_NEWNEIGH, NDMSG)
        .unsignedByte(0, family(station))
        .integer(4, interfaceIndex)
        .unsignedByte(10, NTF_USE)
        .attribute(NDA_DST, station.getAddress());
  }

  /** The address in an answer to {@link #addresses}, put under its interface's index. */
  static void toAddress(NetlinkMessage message, Map<Integer, List<Interface.Address>> byIndex) {
    // On a point-to-point link IFA_ADDRESS is the far end; IFA_LOCAL is always the own address.
    message
        .attribute(IFADDRMSG, IFA_LOCAL)
        .or(() -> message.attribute(IFADDRMSG, IFA_ADDRESS))
        .map(Rtnetlink::toAddress)
        .ifPresent(
            address ->
                byIndex
                    .computeIfAbsent(message.integer(4), index -> new ArrayList<>())
                    .add(new Interface.Address(address, message.unsignedByte(1))));
  }

  /** The interface in an answer to {@link #interfaces}. */
  static Interface toInterface(
      NetlinkMessage message, Map<Integer, List<Interface.Address>> addresses) {
    int flags = message.integer(8);
    int index = message.integer(4);
    return new Interface(
        index,
        message.textAttribute(IFINFOMSG, IFLA_IFNAME).orElse(""),
        message.attribute(IFINFOMSG, IFLA_ADDRESS).map(Rtnetlink::toMac).orElse(0L),
        message.integerAttribute(IFINFOMSG, IFLA_MTU).orElse(0),
        (flags & IFF_UP) != 0 && (flags & IFF_RUNNING) != 0,
        (flags & IFF_LOOPBACK) != 0,
        addresses.getOrDefault(index, List.of()));
  }

  /** The answer to {@link #route}; the kernel refuses where no packet could go. */
  static Route toRoute(NetlinkMessage message, InetAddress destination) {
    if (message.isAcknowledgement()) {
      return new Route.Unreachable();
    }
    int type = message.unsignedByte(7);
    Optional<Integer> index = message.integerAttribute(RTMSG, RTA_OIF);
    Optional<InetAddress> source = message.attribute(RTMSG, RTA_PREFSRC).map(Rtnetlink::toAddress);
    if (type == RTN_LOCAL) {
      return new Route.Loopback();
    }
    if (type != RTN_UNICAST || index.isEmpty() || source.isEmpty()) {
      return new Route.Unreachable();
    }
    InetAddress gateway =
        message
            .attribute(RTMSG, RTA_GATEWAY)
            .or(() -> message.attribute(RTMSG, RTA_VIA).map(Rtnetlink::withoutFamily))
            .map(Rtnetlink::toAddress)
            .orElse(destination);
    int mtu = message.nestedInteger(RTMSG, RTA_METRICS, RTAX_MTU).orElse(0);
    return new Route.Via(index.get(), gateway, source.get(), mtu);
  }

  /** The answer to {@link #neighbour}; the kernel refuses when it has not heard of the station. */
  static Neighbour toNeighbour(NetlinkMessage message) {
    if (message.isAcknowledgement()) {
      return Neighbour.UNKNOWN;
    }
    return new Neighbour(
        message.attribute(NDMSG, NDA_LLADDR).map(Rtnetlink::toMac).orElse(0L),
        Neighbour.State.of(message.unsignedShort(8)));
  }

  private static int family(InetAddress address) {
    return address.getAddress().length == 4 ? AF_INET : AF_INET6;
  }

  /** struct rtvia: the family, then the address. */
  private static byte[] withoutFamily(byte[] via) {
    return Arrays.copyOfRange(via, Short.BYTES, via.length);
  }

  private static InetAddress toAddress(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new LinkException("the kernel gave an address of " + bytes.length + " bytes", e);
    }
  }

  private static long toMac(byte[] bytes) {
    long mac = 0;
    if (bytes.length == MAC_LENGTH) {
      for (byte b : bytes) {
        mac = mac << Byte.SIZE | Byte.toUnsignedLong(b);
      }
    }
    return mac;
  }
}
