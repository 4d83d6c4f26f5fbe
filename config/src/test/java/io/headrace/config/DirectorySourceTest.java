package io.headrace.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectorySourceTest {
  @TempDir private Path folder;

  @BeforeEach
  void write() throws IOException {
    write("20-web.toml", "[frontends.web]\nlisten_addr = '127.0.0.1:81'\nbackend = 'pool'\n");
    write("30-pool.toml", "[backends.pool.servers.one]\naddr = '127.0.0.1:91'\n");
  }

  @Test
  void theFilesAreOneInTheOrderOfTheirNames() throws Exception {
    write("10-first.toml", "[frontends.first]\nlisten_addr = '127.0.0.1:80'\nbackend = 'pool'\n");
    write("40-more.toml", "[backends.pool.servers.two]\naddr = '127.0.0.1:92'\n");
    write("50-nothing.toml", "");
    write(".hidden.toml", "nonsense");
    write("notes.txt", "nonsense");
    Config config = ConfigReader.read(folder, Mode.PROXY);
    assertEquals(List.of("first", "web"), List.copyOf(config.frontends().keySet()));
    assertEquals(
        List.of("one", "two"), List.copyOf(config.backends().get("pool").servers().keySet()));
  }

  @Test
  void relativePathsStartAtTheDirectory() throws Exception {
    write("40-log.toml", "[proxy]\naccess_log = 'access.log'\n");
    assertEquals(
        folder.resolve("access.log"),
        ConfigReader.read(folder, Mode.PROXY).proxy().accessLog().orElseThrow());
  }

  @Test
  void errorsNameTheirFile() throws Exception {
    write("10-a.toml", "[frontends.web]\nbackend = 'pol'\n");
    write("40-b.toml", "[backends.pool.servers.one]\nweight = -1\n[stats]\nport = 0\n");
    assertErrors(
        "10-a.toml:2:11: backend \"pol\" is not defined; did you mean \"pool\"?",
        "20-web.toml:3:1: \"backend\" is set already, in 10-a.toml:2:1",
        "40-b.toml:2:10: weight must be from 0 to 65535, not -1",
        "40-b.toml:4:8: port must be from 1 to 65535, not 0");
  }

  @Test
  void brokenFilesAreToldTogether() throws Exception {
    write("10-a.toml", "a =\n");
    write("40-b.toml", "b = \"\n");
    assertErrors(
        "10-a.toml:1:4: unexpected end of line, expected a value",
        "40-b.toml:1:6: unexpected end of line, expected \" or a character");
  }

  @Test
  void aDirectoryWithoutConfigurationsIsRefused() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    ConfigException refused =
        assertThrows(ConfigException.class, () -> ConfigReader.read(empty, Mode.PROXY));
    assertEquals(
        empty + ": is a directory without a file whose name ends in .toml", refused.getMessage());
  }

  @Test
  void filesThatAreTooLargeTogetherAreRefused() throws IOException {
    for (int i = 0; i < 3; i++) {
      write("50-" + i + ".toml", "#".repeat(100 << 10));
    }
    ConfigException refused =
        assertThrows(ConfigException.class, () -> ConfigReader.read(folder, Mode.PROXY));
    assertEquals(folder + ": its files are larger than 256 KiB together", refused.getMessage());
  }

  private void assertErrors(String... errors) {
    ConfigException refused =
        assertThrows(ConfigException.class, () -> ConfigReader.read(folder, Mode.PROXY));
    assertEquals(String.join("\n", errors), refused.getMessage().replace(folder + "/", ""));
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }
}
