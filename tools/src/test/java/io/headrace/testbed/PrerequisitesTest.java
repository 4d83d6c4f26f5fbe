package io.headrace.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrerequisitesTest {
  private static final long NET_ADMIN = 1L << 12;
  private static final long SYS_ADMIN = 1L << 21;

  @TempDir Path bin;

  @BeforeEach
  void everyProgramIsThere() throws IOException {
    for (String program : List.of("ip", "nginx", "curl", "wrk", "nft", "tcpdump")) {
      Files.createFile(bin.resolve(program));
      Files.setPosixFilePermissions(
          bin.resolve(program), PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  @Test
  void nothingIsMissingOnAMachineThatHasAll() {
    assertEquals(List.of(), Prerequisites.missing(NET_ADMIN | SYS_ADMIN, "/nonexistent:" + bin));
  }

  @Test
  void eachMissingPrivilegeIsNamed() {
    assertEquals(
        List.of("the privilege CAP_NET_ADMIN and CAP_SYS_ADMIN (run as root)"),
        Prerequisites.missing(0, bin.toString()));
    assertEquals(
        List.of("the privilege CAP_SYS_ADMIN (run as root)"),
        Prerequisites.missing(NET_ADMIN, bin.toString()));
  }

  @Test
  void eachMissingProgramIsNamedWithItsPackage() throws IOException {
    Files.delete(bin.resolve("nginx"));
    Files.setPosixFilePermissions(bin.resolve("nft"), PosixFilePermissions.fromString("rw-r--r--"));
    assertEquals(
        List.of("nginx (apt-get install nginx-light)", "nft (apt-get install nftables)"),
        Prerequisites.missing(NET_ADMIN | SYS_ADMIN, bin.toString()));
  }
}
