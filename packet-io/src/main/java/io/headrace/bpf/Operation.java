package io.headrace.bpf;

/** Arithmetic in 64 bits (RFC 9669, 4.1). */
public enum Operation {
  ADD(0x00),
  OR(0x40),
  AND(0x50),
  SHIFT_LEFT(0x60),
  SHIFT_RIGHT(0x70),
  XOR(0xa0),
  MOVE(0xb0);

  private final int code;

  Operation(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
