package io.headrace.bpf;

/** The kernel refuses a program, a map or where it is to be attached; the message says what. */
public final class BpfException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public BpfException(String message) {
    super(message);
  }
}
