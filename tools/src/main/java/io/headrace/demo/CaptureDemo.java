package io.headrace.demo;

import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.io.CaptureFileSource;
import io.headrace.io.Frame;
import io.headrace.packet.Headers;
import io.headrace.packet.Parse;
import io.headrace.packet.Tcp;
import io.headrace.replay.Replay;
import io.headrace.replay.ReplayOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The demo of a machine that allows no network of its own: the pipeline over a capture file. */
public final class CaptureDemo {
  static final int FLOWS = 5_000;
  private static final int SERVERS = 3;
  private static final String CONFIG =
      """
      [frontends.web]
      listen_addr = "192.0.2.1:80"
      backend = "web"
      [backends.web.servers]
      server1 = { addr = "192.0.2.21:80", weight = 1 }
      server2 = { addr = "192.0.2.22:80", weight = 2 }
      server3 = { addr = "192.0.2.23:80", weight = 3 }
      [passthrough]
      connection_tracker_capacity = 20000
      """;
  private static final int FIRST_SERVER = 0xC000_0215; // 192.0.2.21

  private CaptureDemo() {}

  /**
   * Makes a capture file, replays it, and reads what came out. Its files are removed.
   *
   * @param kept where the frames that came out are to stay, if they are
   */
  public static CaptureReport run(Optional<Path> kept, Progress progress) throws Exception {
    Path directory = Files.createTempDirectory("headrace-demo-");
    Path config = directory.resolve("config.toml");
    Path in = directory.resolve("in.pcap");
    Path passing = directory.resolve("out.pcap");
    Path out = kept.orElse(passing);
    List<Path> files = List.of(directory, config, in, passing);
    // For Ctrl-C; in reverse order.
    files.forEach(file -> file.toFile().deleteOnExit());
    try {
      progress.begin("capture");
      ClientFrames.write(in, FLOWS);
      progress.end("%,d connections of clients".formatted(FLOWS));
      progress.begin("replay");
      ReplayOptions options = new ReplayOptions(in, out, Set.of(), Map.of(), Optional.empty());
      var replay = Replay.run(read(config), options, (_, _) -> {});
      progress.end("%,d of %,d frames forwarded".formatted(replay.forwarded(), replay.frames()));
      return new CaptureReport(FLOWS, replay, shares(out));
    } finally {
      for (Path file : files.reversed()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static Config read(Path file) throws IOException, ConfigException {
    return ConfigReader.read(Files.writeString(file, CONFIG), Mode.PASSTHROUGH);
  }

  /** Each flow shows by its one SYN. */
  private static List<Share> shares(Path out) {
    long[] flows = new long[SERVERS];
    Frame frame = new Frame();
    Headers headers = new Headers();
    try (CaptureFileSource source = new CaptureFileSource(out, 1)) {
      while (source.receive(frame)) {
        if (headers.parse(frame.buffer()) == Parse.FLOW && (headers.tcpFlags() & Tcp.SYN) != 0) {
          flows[headers.destinationAddress() - FIRST_SERVER]++;
        }
        source.release(1);
      }
    }
    List<Share> shares = new ArrayList<>();
    for (int i = 0; i < SERVERS; i++) {
      shares.add(new Share("server" + (i + 1), i + 1, flows[i]));
    }
    return shares;
  }
}
