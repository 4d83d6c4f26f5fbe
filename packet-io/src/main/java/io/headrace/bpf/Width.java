package io.headrace.bpf;

/** How much of memory an instruction reads or writes (RFC 9669, 5). */
public enum Width {
  WORD(0x00),
  HALF(0x08),
  BYTE(0x10),
  DOUBLE(0x18);

  private final int code;

  Width(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
