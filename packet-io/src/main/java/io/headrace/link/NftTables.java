package io.headrace.link;

import java.util.List;

/**
 * Which tables nftables has, from the kernel itself (nfnetlink, linux/netfilter/nf_tables.h):
 * nft(8) takes a process for that. In the network namespace of the thread that calls.
 */
final class NftTables {
  /** NFNL_SUBSYS_NFTABLES, NFT_MSG_GETTABLE. */
  private static final int GET = 10 << Byte.SIZE | 1;

  private static final int NFGENMSG = 4;
  private static final int NFPROTO_NETDEV = 5;
  private static final int NFTA_TABLE_NAME = 1;

  private NftTables() {}

  /**
   * The names of those of the family netdev.
   *
   * @throws LinkException when the kernel does not say, as to those without CAP_NET_ADMIN
   */
  static List<String> ofNetdev() {
    try (NetlinkSocket socket = NetlinkSocket.toNetfilter()) {
      return socket
          .dump(NetlinkRequest.dump(GET, NFGENMSG).unsignedByte(0, NFPROTO_NETDEV))
          .stream()
          .flatMap(table -> table.textAttribute(NFGENMSG, NFTA_TABLE_NAME).stream())
          .toList();
    }
  }
}
