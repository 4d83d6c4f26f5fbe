package io.headrace.doctor;

import io.headrace.config.PassthroughConfig.Io;
import io.headrace.io.FrameIoException;
import io.headrace.io.PcapSource;
import io.headrace.link.LinkException;
import io.headrace.link.Nft;
import java.util.ArrayList;
import java.util.List;

/** Java, and the programs and libraries of the system that the modes in use need. */
final class Platform implements Check {
  @Override
  public String name() {
    return "platform";
  }

  @Override
  public List<Finding> look(Site site) {
    List<Finding> found = new ArrayList<>();
    List<String> there = new ArrayList<>();
    there.add("java " + Runtime.version().feature());
    there.add(
        "%s %s on %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch")));
    if (site.isOfFrames()) {
      try {
        Nft.find();
        there.add("nft");
      } catch (LinkException e) {
        found.add(Finding.problem("nft is missing", "apt install nftables"));
      }
      if (site.config().passthrough().io() == Io.PCAP) {
        try {
          there.add(PcapSource.version());
        } catch (FrameIoException e) {
          found.add(Finding.problem("io = \"pcap\" needs libpcap", "apt install libpcap0.8"));
        }
      }
    }
    if (found.isEmpty()) {
      found.add(Finding.ok(String.join(", ", there)));
    }
    return found;
  }
}
