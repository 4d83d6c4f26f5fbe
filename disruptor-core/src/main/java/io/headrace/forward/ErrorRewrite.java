package io.headrace.forward;

/**
 * Puts new addresses and ports into an ICMP error and into the packet that it quotes (RFC 5508,
 * section 4), in place: to who sent that packet it must look like what was sent. As in {@link
 * NatRewrite}, a checksum that came wrong leaves wrong.
 */
final class ErrorRewrite {
  private ErrorRewrite() {}
}
