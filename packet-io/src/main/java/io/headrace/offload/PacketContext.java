package io.headrace.offload;

/** Offsets in what a program is told of its frame (struct __sk_buff of linux/bpf.h). */
final class PacketContext {
  static final int LENGTH = 0;
  static final int PACKET_TYPE = 4;
  static final int PROTOCOL = 16;
  static final int VLAN_PRESENT = 20;
  static final int INTERFACE = 40;
  static final int DATA = 76;
  static final int DATA_END = 80;
  static final int SEGMENT_SIZE = 176;

  private PacketContext() {}
}
