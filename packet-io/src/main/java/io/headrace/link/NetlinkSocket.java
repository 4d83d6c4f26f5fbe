package io.headrace.link;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * A socket to the kernel's routing tables (rtnetlink(7)), or to its packet filter, of the network
 * namespace of the thread that opens it. Safe for use by several threads, one request at a time.
 */
final class NetlinkSocket implements AutoCloseable {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int NETLINK_ROUTE = 0;
  private static final int NETLINK_NETFILTER = 12;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_ADD_MEMBERSHIP = 1;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int ADDRESS_LENGTH = 12;
  private static final int RECEIVE_LENGTH = 64 * 1024;
  private static final int DUMP_ATTEMPTS = 10;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment received = arena.allocate(RECEIVE_LENGTH, 8);
  private final Queue<NetlinkMessage> waiting = new ArrayDeque<>();
  private final int fd;
  private int sequence;
  private boolean closed;

  private NetlinkSocket(int fd) {
    this.fd = fd;
  }

  /**
   * One to the routing tables.
   *
   * @param groups the multicast groups (RTNLGRP_*) whose news it hears
   */
  static NetlinkSocket open(int... groups) {
    return to(NETLINK_ROUTE, groups);
  }

  /** One to the packet filter. */
  static NetlinkSocket toNetfilter() {
    return to(NETLINK_NETFILTER);
  }

  private static NetlinkSocket to(int part, int... groups) {
    int fd = Libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, part);
    check("open a netlink socket", fd);
    NetlinkSocket socket = new NetlinkSocket(fd);
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment address = scratch.allocate(ADDRESS_LENGTH, 4);
      address.set(JAVA_SHORT, 0, (short) AF_NETLINK);
      check("bind a netlink socket", Libc.bind(fd, address));
      for (int group : groups) {
        check(
            "join a netlink group",
            Libc.setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group));
      }
    } catch (LinkException e) {
      socket.close();
      throw e;
    }
    return socket;
  }

  int descriptor() {
    return fd;
  }

  /** Everything of a kind, as it was at one moment. */
  synchronized List<NetlinkMessage> dump(NetlinkRequest request) {
    for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      send(request);
      List<NetlinkMessage> answer = new ArrayList<>();
      boolean whole = true;
      NetlinkMessage message = answer();
      while (!message.isDone() && !message.isAcknowledgement()) {
        whole &= !message.isDumpInterrupted();
        answer.add(message);
        message = answer();
      }
      check("read the kernel's network tables", -message.errno());
      if (whole && !message.isDumpInterrupted()) {
        return answer;
      }
    }
    throw new LinkException("cannot read the kernel's network tables: they change all the time");
  }

  /** The one message that answers a request; an acknowledgement when there is nothing, or no. */
  synchronized NetlinkMessage ask(NetlinkRequest request) {
    send(request);
    return answer();
  }

  /**
   * Throws away the news that wait. None is looked at: whoever listens reads the tables again,
   * which is also what an overrun (ENOBUFS) asks for.
   */
  void drain() {
    int result;
    do {
      result = Libc.recv(fd, received, MSG_DONTWAIT);
    } while (result >= 0 || result == -Libc.EINTR || result == -Libc.ENOBUFS);
  }

  private void send(NetlinkRequest request) {
    if (closed) {
      throw new LinkException("cannot ask the kernel: the netlink socket is closed");
    }
    waiting.clear();
    try (Arena scratch = Arena.ofConfined()) {
      byte[] bytes = request.encode(++sequence);
      check("ask the kernel", Libc.send(fd, scratch.allocateFrom(JAVA_BYTE, bytes)));
    }
  }

  private NetlinkMessage answer() {
    while (true) {
      NetlinkMessage message = waiting.poll();
      if (message == null) {
        receive();
      } else if (message.sequence() == sequence) {
        return message;
      }
    }
  }

  private void receive() {
    int length = Libc.recv(fd, received, 0);
    if (length != -Libc.EINTR) {
      check("read the kernel's answer", length);
      waiting.addAll(NetlinkMessage.split(received.asSlice(0, length).toArray(JAVA_BYTE)));
    }
  }

  private static void check(String what, int result) {
    if (result < 0) {
      throw LinkException.of(what, -result);
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      Libc.close(fd);
      arena.close();
    }
  }
}
