package io.headrace.bpf;

/** A function of the kernel that programs may call (linux/bpf.h; bpf-helpers(7)). */
public enum Helper {
  MAP_LOOKUP_ELEM(1),
  L4_CSUM_REPLACE(11),
  REDIRECT(23),
  SKB_LOAD_BYTES(26),
  SKB_PULL_DATA(39),
  CSUM_UPDATE(40),
  KTIME_GET_COARSE_NS(160);

  private final int number;

  Helper(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }
}
