package io.headrace.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NftTest {
  @TempDir Path directory;

  @Test
  void missingNftNamesThePackage() {
    Nft nft = new Nft(directory.resolve("nft"));
    assertEquals("nft is missing: apt install nftables", refusal(nft));
  }

  @Test
  void missingPrivilegeNamesTheCapability() throws IOException {
    Nft nft = script("echo 'Operation not permitted (you must be root)'; exit 1");
    assertEquals(
        "cannot read or change the firewall's rules: run as root or with CAP_NET_ADMIN",
        refusal(nft));
  }

  @Test
  void refusalIsOneLine() throws IOException {
    Nft nft = script("echo 'Error: bad'; echo more; exit 1");
    assertEquals("nft refused the balancer's rules: Error: bad", refusal(nft));
  }

  private static String refusal(Nft nft) {
    return assertThrows(LinkException.class, () -> nft.run("list ruleset")).getMessage();
  }

  private Nft script(String line) throws IOException {
    Path file = directory.resolve("nft-stub");
    Files.writeString(file, "#!/bin/sh\ncat >/dev/null\n" + line + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    return new Nft(file);
  }
}
