package io.headrace.io;

import static io.headrace.io.PacketRing.*;

import io.headrace.bpf.BpfProgram;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The frames that come in on one Ethernet interface, through a packet socket and its mapped ring.
 * Nothing is copied: a frame is a view of its slot in the ring, and the kernel gets the slot back
 * on {@link #release}. Super-frames and partial checksums come as the kernel has them; a VLAN tag
 * that the kernel took off is back in its place. Frames that this machine sends are not seen,
 * unless they are asked for.
 *
 * <p>The interface may go down and come back. A frame that is longer than 64 KiB (BIG TCP, which an
 * operator has to switch on) is counted as missed.
 *
 * <p>Threading: as {@link FrameSource} says, and {@link #missed} may be called by any thread. Close
 * it when no other thread uses it or a frame of it: the memory is gone afterwards.
 */
public final class PacketSource implements FrameSource {
  private static final int MAC_ADDRESSES_LENGTH = 12;
  private static final int VLAN_TAG_LENGTH = 4;
  private static final long NANOS_PER_SECOND = 1_000_000_000;
  private static final short ETH_P_8021Q = (short) 0x8100;

  private final PacketSocket socket;
  private final PacketRing ring;
  private final UnsafeBuffer memory;

  /** Where the slots of the frames that are out start, oldest first: cut frames leave gaps. */
  private final int[] out;

  private int nextSlot;
  private int nextOut;
  private int nextRelease;
  private volatile long cut;
  private long dropped;

  /**
   * Opens the interface and starts to receive.
   *
   * @param interfaceName in the network namespace of the calling thread
   * @param frames how many frames may wait or be out at one time, at least; each takes 66 KB of
   *     kernel memory
   * @throws FrameIoException when there is no such interface, the capability CAP_NET_RAW or the
   *     memory is missing, or this is not Linux
   */
  public PacketSource(String interfaceName, int frames) {
    this(interfaceName, frames, false);
  }

  /**
   * As {@link #PacketSource(String, int)}.
   *
   * @param outgoing whether the frames that this machine sends are to be seen, too
   */
  public PacketSource(String interfaceName, int frames, boolean outgoing) {
    this(new PacketSocket(interfaceName), frames, outgoing);
    try {
      start();
    } catch (FrameIoException e) {
      close();
      throw e;
    }
  }

  private PacketSource(PacketSocket socket, int frames, boolean outgoing) {
    this.socket = socket;
    try {
      socket.set(PacketSocket.SOL_PACKET, PacketSocket.PACKET_IGNORE_OUTGOING, outgoing ? 0 : 1);
      ring = new PacketRing(socket, frames);
    } catch (FrameIoException e) {
      socket.close();
      throw e;
    }
    memory = ring.memory();
    out = new int[ring.capacity()];
  }

  /**
   * As {@link #PacketSource(String, int)}, but nothing is received before {@link #start}. The
   * memory takes time: where a virtual machine has to get it from its host, some tenths of a
   * second.
   */
  public static PacketSource allocate(String interfaceName, int frames) {
    return new PacketSource(new PacketSocket(interfaceName), frames, false);
  }

  /**
   * Starts to receive.
   *
   * @throws FrameIoException when the interface is gone, or carries no Ethernet frames
   */
  public void start() {
    socket.bind(PacketSocket.ETH_P_ALL);
  }

  /**
   * Has a program say of each frame from now on whether it comes here.
   *
   * @param program a socket filter
   */
  public void filter(BpfProgram program) {
    socket.set(PacketSocket.SOL_SOCKET, PacketSocket.SO_ATTACH_BPF, program.descriptor());
  }

  /**
   * Has frames come here from now on only if both their ends are among these addresses, in place of
   * what another call has said. Frames that wait already may be others.
   */
  public void filter(Set<InetAddress> bothEnds) {
    EndsFilter.of(bothEnds).attachTo(socket);
  }

  @Override
  public boolean receive(Frame frame) {
    while (true) {
      int slot = ring.offset(nextSlot);
      int status = memory.getIntAcquire(slot + TP_STATUS);
      if ((status & TP_STATUS_USER) == 0) {
        return false;
      }
      nextSlot = successor(nextSlot);
      if (memory.getInt(slot + TP_SNAPLEN) == memory.getInt(slot + TP_LEN)) {
        out[nextOut] = slot;
        nextOut = successor(nextOut);
        view(slot, status, frame);
        return true;
      }
      cut++;
      giveBack(slot);
    }
  }

  private void view(int slot, int status, Frame frame) {
    int mac = slot + (memory.getShort(slot + TP_MAC) & 0xffff);
    int tag = (status & TP_STATUS_VLAN_VALID) == 0 ? 0 : VLAN_TAG_LENGTH;
    frame.wrap(memory.addressOffset() + mac - tag, memory.getInt(slot + TP_SNAPLEN) + tag);
    frame.timeNs(seconds(slot) * NANOS_PER_SECOND + memory.getInt(slot + TP_NSEC));
    VirtioNetHeader.read(memory, mac - VirtioNetHeader.LENGTH, frame, tag);
    if (tag != 0) {
      // Last, for it overwrites the virtio-net header.
      restoreTag(slot, status, mac);
    }
  }

  private long seconds(int slot) {
    return memory.getInt(slot + TP_SEC) & 0xffff_ffffL;
  }

  private void restoreTag(int slot, int status, int mac) {
    long addressesHead = memory.getLong(mac);
    int addressesTail = memory.getInt(mac + Long.BYTES);
    memory.putLong(mac - VLAN_TAG_LENGTH, addressesHead);
    memory.putInt(mac - VLAN_TAG_LENGTH + Long.BYTES, addressesTail);
    int at = mac - VLAN_TAG_LENGTH + MAC_ADDRESSES_LENGTH;
    boolean hasType = (status & TP_STATUS_VLAN_TPID_VALID) != 0;
    short type = hasType ? memory.getShort(slot + TP_VLAN_TPID) : ETH_P_8021Q;
    memory.putShort(at, type, ByteOrder.BIG_ENDIAN);
    memory.putShort(at + Short.BYTES, memory.getShort(slot + TP_VLAN_TCI), ByteOrder.BIG_ENDIAN);
  }

  @Override
  public void release(int frames) {
    for (int i = 0; i < frames; i++) {
      giveBack(out[nextRelease]);
      nextRelease = successor(nextRelease);
    }
  }

  private void giveBack(int slot) {
    // The kernel may fill the slot as soon as it sees this: all reads of the frame come before.
    memory.putIntRelease(slot + TP_STATUS, TP_STATUS_KERNEL);
  }

  private int successor(int index) {
    return index + 1 == out.length ? 0 : index + 1;
  }

  @Override
  public int capacity() {
    return out.length;
  }

  /**
   * Polls readable when frames wait, and also while the newest frame is not yet released
   * (packet_poll in net/packet/af_packet.c). It polls as an error once when the interface goes
   * down; {@link Poller} takes care of that.
   */
  @Override
  public int descriptor() {
    return socket.fd();
  }

  @Override
  public synchronized long missed() {
    dropped += socket.takeDrops();
    return dropped + cut;
  }

  @Override
  public void close() {
    ring.close();
    socket.close();
  }
}
