package io.headrace.demo;

import io.headrace.config.PassthroughConfig.Io;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a person may choose of the demo.
 *
 * @param io how the balancer's frames enter and leave
 * @param pcap where the frames that cross the balancer's interface are kept
 */
public record DemoOptions(Io io, Optional<Path> pcap) {

  /**
   * Makes the file, which is there in the end anyway, so that one that cannot be made is known
   * before all else.
   */
  void check() throws IOException {
    if (pcap.isPresent()) {
      Files.newOutputStream(pcap.get()).close();
    }
  }
}
