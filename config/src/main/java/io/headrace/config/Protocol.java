package io.headrace.config;

/**
 * The transport protocol of a frontend, with its number in the IPv4 header (IANA protocol numbers).
 */
public enum Protocol {
  TCP(6),
  UDP(17);

  private final int number;

  Protocol(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }
}
