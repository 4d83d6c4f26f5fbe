package io.headrace.bpf;

/**
 * A register of the virtual machine (RFC 9669, 2.1). R0 holds results, R1 to R5 the arguments of a
 * call, which are lost by it; R6 to R9 outlive calls.
 */
public enum Register {
  R0,
  R1,
  R2,
  R3,
  R4,
  R5,
  R6,
  R7,
  R8,
  R9,
  /** The end of the stack of 512 bytes; read only. */
  FRAME
}
