package io.headrace.doctor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.headrace.libc.CFunction;
import io.headrace.libc.CallState;
import io.headrace.link.LinkException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Asks a station over IPv4 for an echo of a given length that no router may cut (RFC 792; ip(7),
 * IP_PMTUDISC_PROBE). Belongs to one thread.
 */
final class Echo implements AutoCloseable {
  private static final CFunction SOCKET = CFunction.named("socket");
  private static final CFunction SETSOCKOPT = CFunction.named("setsockopt");
  private static final CFunction SENDTO = CFunction.named("sendto");
  private static final CFunction RECV = CFunction.named("recv");
  private static final CFunction POLL = CFunction.named("poll");
  private static final CFunction CLOSE = CFunction.named("close");

  private static final int AF_INET = 2;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int IPPROTO_ICMP = 1;
  private static final int IPPROTO_IP = 0;
  private static final int IP_MTU_DISCOVER = 10;
  private static final int IP_PMTUDISC_PROBE = 3;
  private static final int MSG_DONTWAIT = 0x40;
  private static final short POLLIN = 1;
  private static final int SOCKADDR_LENGTH = 16;

  private static final int IP_HEADER = 20;
  private static final byte ECHO_REQUEST = 8;
  private static final byte ECHO_REPLY = 0;
  private static final int CHECKSUM = 2;
  private static final int TOKEN = 4;
  private static final int LONGEST = 65535;

  private final Arena arena = Arena.ofConfined();
  private final CallState state = new CallState();
  private final MemorySegment memory = arena.allocate(LONGEST, Long.BYTES);
  private final int fd;

  /**
   * @throws LinkException when CAP_NET_RAW is missing
   */
  Echo() {
    fd = SOCKET.call(state, AF_INET, SOCK_RAW_CLOEXEC, IPPROTO_ICMP);
    if (fd < 0) {
      arena.close();
      throw LinkException.of("send an echo request", -fd);
    }
    MemorySegment value = arena.allocate(Integer.BYTES, Integer.BYTES);
    value.set(JAVA_INT, 0, IP_PMTUDISC_PROBE);
    SETSOCKOPT.callLong(state, fd, IPPROTO_IP, IP_MTU_DISCOVER, value.address(), Integer.BYTES, 0);
  }

  /**
   * Whether a station answers.
   *
   * @param length of the whole IP packet
   */
  boolean isAnswered(InetAddress station, int length, Duration patience) {
    int token = ThreadLocalRandom.current().nextInt();
    ByteBuffer request = buffer(length - IP_HEADER);
    request
        .put(0, ECHO_REQUEST)
        .put(1, (byte) 0)
        .putShort(CHECKSUM, (short) 0)
        .putInt(TOKEN, token);
    request.putShort(CHECKSUM, checksum(request));
    MemorySegment to = arena.allocate(SOCKADDR_LENGTH, Long.BYTES);
    to.asByteBuffer().order(ByteOrder.nativeOrder()).putShort(0, (short) AF_INET);
    MemorySegment.copy(station.getAddress(), 0, to, JAVA_BYTE, Integer.BYTES, Integer.BYTES);
    long sent =
        SENDTO.callLong(
            state, fd, memory.address(), length - IP_HEADER, 0, to.address(), SOCKADDR_LENGTH);
    return sent > 0 && hears(token, patience);
  }

  private boolean hears(int token, Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    for (long left = patience.toMillis(); left > 0; left = (end - System.nanoTime()) / 1_000_000) {
      MemorySegment poll = arena.allocate(Long.BYTES, Long.BYTES);
      poll.asByteBuffer().order(ByteOrder.nativeOrder()).putInt(0, fd).putShort(4, POLLIN);
      if (POLL.call(state, poll.address(), 1, left) > 0) {
        int length = RECV.call(state, fd, memory.address(), LONGEST, MSG_DONTWAIT);
        ByteBuffer answer = buffer(Math.max(length, IP_HEADER + 2 * Integer.BYTES));
        int at = (answer.get(0) & 0xf) * Integer.BYTES;
        if (length >= at + 2 * Integer.BYTES
            && answer.get(at) == ECHO_REPLY
            && answer.getInt(at + TOKEN) == token) {
          return true;
        }
      }
    }
    return false;
  }

  private ByteBuffer buffer(int length) {
    return memory.asSlice(0, length).asByteBuffer().order(ByteOrder.BIG_ENDIAN);
  }

  /** RFC 1071. */
  private static short checksum(ByteBuffer bytes) {
    int sum = 0;
    for (int i = 0; i + 1 < bytes.capacity(); i += Short.BYTES) {
      sum += bytes.getShort(i) & 0xffff;
    }
    if (bytes.capacity() % 2 == 1) {
      sum += (bytes.get(bytes.capacity() - 1) & 0xff) << Byte.SIZE;
    }
    sum = (sum >>> Short.SIZE) + (sum & 0xffff);
    return (short) ~(sum + (sum >>> Short.SIZE));
  }

  @Override
  public void close() {
    CLOSE.call(state, fd);
    arena.close();
  }
}
