package io.headrace.link;

/** What came of looking for the next hop of a destination. */
public sealed interface Resolution {
  /**
   * Frames can be sent.
   *
   * @param nextHop how
   */
  record Resolved(NextHop nextHop) implements Resolution {}

  /**
   * Frames cannot be sent now.
   *
   * @param reason why
   */
  record Unresolved(Reason reason) implements Resolution {}

  /** Why there is no next hop; its text is for people. */
  enum Reason {
    NO_ROUTE("no route"),
    VIA_LOOPBACK("via loopback"),
    LINK_DOWN("link down"),
    NOT_ETHERNET("not an Ethernet link"),
    NO_ANSWER("no answer to ARP");

    private final String text;

    Reason(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
