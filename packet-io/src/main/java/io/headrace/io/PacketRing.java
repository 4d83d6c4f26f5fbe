package io.headrace.io;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The receive ring of a packet socket (TPACKET_V2), mapped into this process: its geometry and the
 * fields of a slot (Documentation/networking/packet_mmap.rst; struct tpacket2_hdr in
 * linux/if_packet.h). What the kernel writes into a slot:
 *
 * <pre>
 *   0           32            52           184               194     208
 *   | tpacket2  | sockaddr_ll | headroom    | virtio-net      | MAC   | network header, payload
 * </pre>
 *
 * <p>The reserve is chosen so that an Ethernet, an IPv4 and a TCP header without options lie in one
 * cache line (192 to 255), with more than 128 bytes of headroom before them.
 *
 * <p>A slot holds the largest IPv4 super-frame (64 KiB) behind its headroom. Its length is an
 * <em>odd</em> number of cache lines: with a multiple of 64 KiB, the headers of all slots would
 * compete for the same few sets of every cache. Frames do not cross blocks, and the kernel rounds a
 * block up to a power of two of pages, so a block is one (2 MiB) and 2 % of it stays empty.
 */
final class PacketRing implements AutoCloseable {
  static final int TP_STATUS = 0;
  static final int TP_LEN = 4;
  static final int TP_SNAPLEN = 8;
  static final int TP_MAC = 12;
  static final int TP_SEC = 16;
  static final int TP_NSEC = 20;
  static final int TP_VLAN_TCI = 24;
  static final int TP_VLAN_TPID = 26;

  static final int TP_STATUS_KERNEL = 0;
  static final int TP_STATUS_USER = 1;
  static final int TP_STATUS_VLAN_VALID = 1 << 4;
  static final int TP_STATUS_VLAN_TPID_VALID = 1 << 6;

  private static final int TPACKET_V2 = 1;
  private static final int TPACKET_REQ_LENGTH = 16;
  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_SHARED = 1;

  private static final int RESERVE = 118;
  private static final int CACHE_LINE = 64;
  private static final int SLOT_LENGTH = 1033 * CACHE_LINE;
  private static final int BLOCK_LENGTH = 2 << 20;
  private static final int SLOTS_PER_BLOCK = BLOCK_LENGTH / SLOT_LENGTH;
  private static final int MAX_BLOCKS = Integer.MAX_VALUE / BLOCK_LENGTH;

  private final int blocks;
  private final UnsafeBuffer memory = new UnsafeBuffer(0, 0);
  private final PacketSocket socket;

  /** Gives a socket that is not bound yet a ring of at least so many slots. */
  PacketRing(PacketSocket socket, int slots) {
    this.socket = socket;
    blocks = blocks(slots, socket.interfaceName());
    socket.set(PacketSocket.SOL_PACKET, PacketSocket.PACKET_VERSION, TPACKET_V2);
    socket.set(PacketSocket.SOL_PACKET, PacketSocket.PACKET_RESERVE, RESERVE);
    UnsafeBuffer request =
        new UnsafeBuffer(BufferUtil.allocateDirectAligned(TPACKET_REQ_LENGTH, Integer.BYTES));
    request.putInt(0, BLOCK_LENGTH);
    request.putInt(4, blocks);
    request.putInt(8, SLOT_LENGTH);
    request.putInt(12, capacity());
    String action =
        "allocating %d MiB for a receive ring of %d frames".formatted(length() >> 20, capacity());
    socket.require(
        action,
        socket
            .libc()
            .setsockopt(
                socket.fd(),
                PacketSocket.SOL_PACKET,
                PacketSocket.PACKET_RX_RING,
                request.addressOffset(),
                TPACKET_REQ_LENGTH));
    long address = socket.libc().mmap(length(), PROT_READ_WRITE, MAP_SHARED, socket.fd());
    socket.require(action, address);
    memory.wrap(address, length());
  }

  private static int blocks(int slots, String interfaceName) {
    long blocks = (slots + SLOTS_PER_BLOCK - 1L) / SLOTS_PER_BLOCK;
    if (slots < 1 || blocks > MAX_BLOCKS) {
      throw new FrameIoException(
          "a receive ring of %d frames on interface %s is out of range: 1 to %d are possible"
              .formatted(slots, interfaceName, MAX_BLOCKS * SLOTS_PER_BLOCK));
    }
    return (int) blocks;
  }

  int capacity() {
    return blocks * SLOTS_PER_BLOCK;
  }

  private int length() {
    return blocks * BLOCK_LENGTH;
  }

  /** All slots; {@link #offset} finds one. */
  UnsafeBuffer memory() {
    return memory;
  }

  /** Where a slot starts in the memory of the ring. */
  int offset(int slot) {
    return slot / SLOTS_PER_BLOCK * BLOCK_LENGTH + slot % SLOTS_PER_BLOCK * SLOT_LENGTH;
  }

  /** Unmaps the ring: its use fails on bounds from then on; a frame still out points nowhere. */
  @Override
  public void close() {
    long address = memory.addressOffset();
    int length = memory.capacity();
    if (length > 0) {
      memory.wrap(0, 0);
      socket.libc().munmap(address, length);
    }
  }
}
