package io.headrace.io;

import java.nio.ByteOrder;
import java.util.Set;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A raw packet socket on one Ethernet interface, with a virtio-net header before every frame
 * (packet(7); linux/if_packet.h, linux/if_ether.h, linux/if_arp.h, asm-generic/socket.h).
 */
final class PacketSocket implements AutoCloseable {
  static final int SOL_PACKET = 263;
  static final int PACKET_RX_RING = 5;
  static final int PACKET_VERSION = 10;
  static final int PACKET_RESERVE = 12;
  static final int PACKET_IGNORE_OUTGOING = 23;
  static final int SOL_SOCKET = 1;
  static final int SO_ERROR = 4;
  static final int SO_SNDBUF = 7;
  static final int SO_SNDBUFFORCE = 32;
  static final int SO_ATTACH_FILTER = 26;
  static final int SO_ATTACH_BPF = 50;
  static final int ETH_P_ALL = 0x0003;

  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int PACKET_STATISTICS = 6;
  private static final int PACKET_VNET_HDR = 15;
  private static final int SOCKADDR_LL_LENGTH = 20;
  private static final int SLL_PROTOCOL = 2;
  private static final int SLL_IFINDEX = 4;
  private static final int SLL_HATYPE = 8;
  private static final int ARPHRD_ETHER = 1;
  private static final int ARPHRD_LOOPBACK = 772;
  private static final int TPACKET_STATS_LENGTH = 8;
  private static final int TP_DROPS = 4;
  private static final int LENGTH_AT = 24;
  private static final int SCRATCH_LENGTH = 32;

  private final String interfaceName;
  private final int interfaceIndex;
  private final int fd;
  private final Libc libc = new Libc();
  private final UnsafeBuffer scratch =
      new UnsafeBuffer(BufferUtil.allocateDirectAligned(SCRATCH_LENGTH, Long.BYTES));
  private boolean closed;

  /** Opens a socket that neither receives nor sends until it is bound. */
  PacketSocket(String interfaceName) {
    requirePlatform();
    this.interfaceName = interfaceName;
    interfaceIndex = libc.interfaceIndex(interfaceName);
    if (interfaceIndex < 0) {
      throw new FrameIoException("interface " + interfaceName + " does not exist");
    }
    // Protocol 0: with any other, frames of all interfaces would come in until bind.
    fd = libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      throw failure("opening a packet socket", -fd);
    }
    try {
      set(SOL_PACKET, PACKET_VNET_HDR, 1);
    } catch (FrameIoException e) {
      close();
      throw e;
    }
  }

  /** Whether this JVM runs where packet sockets are and the layouts of this package hold. */
  static void requirePlatform() {
    String os = System.getProperty("os.name");
    String architecture = System.getProperty("os.arch");
    if (!os.equals("Linux") || !Set.of("amd64", "aarch64").contains(architecture)) {
      throw new FrameIoException(
          "packet sockets need Linux on x86-64 or aarch64, and this is %s on %s"
              .formatted(os, architecture));
    }
  }

  int fd() {
    return fd;
  }

  Libc libc() {
    return libc;
  }

  String interfaceName() {
    return interfaceName;
  }

  /** Starts to receive frames of a protocol (ETH_P_*), or none when it is 0. */
  void bind(int protocol) {
    long address = scratch.addressOffset();
    scratch.setMemory(0, SOCKADDR_LL_LENGTH, (byte) 0);
    scratch.putShort(0, (short) AF_PACKET);
    scratch.putShort(SLL_PROTOCOL, (short) protocol, ByteOrder.BIG_ENDIAN);
    scratch.putInt(SLL_IFINDEX, interfaceIndex);
    require("binding a packet socket", libc.bind(fd, address, SOCKADDR_LL_LENGTH));
    scratch.putInt(LENGTH_AT, SOCKADDR_LL_LENGTH);
    require("asking for the type", libc.getsockname(fd, address, address + LENGTH_AT));
    short type = scratch.getShort(SLL_HATYPE);
    if (type != ARPHRD_ETHER && type != ARPHRD_LOOPBACK) {
      throw new FrameIoException(
          "interface %s does not carry Ethernet frames (its ARPHRD type is %d)"
              .formatted(interfaceName, type & 0xffff));
    }
  }

  void set(int level, int option, int value) {
    scratch.putInt(0, value);
    require(
        "setting option " + option + " of a packet socket",
        libc.setsockopt(fd, level, option, scratch.addressOffset(), Integer.BYTES));
  }

  /**
   * @return frames that found no room since the last call, or since the socket was bound
   */
  synchronized long takeDrops() {
    scratch.putInt(LENGTH_AT, TPACKET_STATS_LENGTH);
    long length = scratch.addressOffset() + LENGTH_AT;
    if (closed
        || libc.getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, scratch.addressOffset(), length)
            < 0) {
      return 0;
    }
    return scratch.getInt(TP_DROPS) & 0xffff_ffffL;
  }

  void require(String action, long result) {
    if (result < 0) {
      throw failure(action, (int) -result);
    }
  }

  FrameIoException failure(String action, int errno) {
    String advice =
        errno == Errno.EPERM
            ? " needs the capability CAP_NET_RAW: run as root, or grant it"
            : " failed: " + Errno.name(errno);
    return new FrameIoException(action + " on interface " + interfaceName + advice);
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      libc.close(fd);
    }
  }
}
