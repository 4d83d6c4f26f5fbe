package io.headrace.bpf;

/** When a jump is taken; numbers are unsigned, of 64 bits (RFC 9669, 4.3). */
public enum Condition {
  EQUAL(0x10),
  ABOVE(0x20),
  ANY_BIT(0x40),
  NOT_EQUAL(0x50),
  NOT_ABOVE(0xb0);

  private final int code;

  Condition(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
