package io.headrace.config;

import java.time.Duration;

/**
 * How long a flow is kept after its last frame, by its state. The defaults are those of the
 * kernel's connection tracking (nf_conntrack) but where noted.
 *
 * @param synSent from the client's SYN until the server answers
 * @param synReceived until the client acknowledges the answer
 * @param established while both directions of a TCP connection are open. RFC 5382, REQ-5: not less
 *     than 2 hours 4 minutes, so that TCP keep-alives, two hours apart, keep a silent connection;
 *     the kernel has five days
 * @param finClient after the client's FIN
 * @param finServer after the server's FIN
 * @param timeWait after both, which is also the quarantine of the NAT port: as long as Linux holds
 *     an end of its own in TIME-WAIT; the kernel's tracking has twice that
 * @param reset after a RST. RFC 6146, 3.5.2.2, and RFC 5382, REQ-5: four minutes, as its receiver
 *     may not have accepted it; the kernel, which knows sequence numbers, has 10 s
 * @param udpUnreplied until the server answers
 * @param udpReplied once it has. RFC 4787, REQ-5: not less than two minutes
 */
public record Timeouts(
    Duration synSent,
    Duration synReceived,
    Duration established,
    Duration finClient,
    Duration finServer,
    Duration timeWait,
    Duration reset,
    Duration udpUnreplied,
    Duration udpReplied) {

  public static final Timeouts DEFAULT =
      new Timeouts(
          Duration.ofSeconds(120),
          Duration.ofSeconds(60),
          Duration.ofMinutes(124),
          Duration.ofSeconds(120),
          Duration.ofSeconds(120),
          Duration.ofSeconds(60),
          Duration.ofMinutes(4),
          Duration.ofSeconds(30),
          Duration.ofSeconds(120));
}
