package io.headrace.doctor;

import io.headrace.conntrack.FlowFileUse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Whether the flow file can be made where the configuration wants it, and is nobody else's. */
final class FlowFilePlace implements Check {
  @Override
  public String name() {
    return "flow file";
  }

  @Override
  public List<Finding> look(Site site) {
    Path file = site.config().passthrough().connectionTrackerFile();
    if (!site.isOfFrames()) {
      return List.of(Finding.ok("none is needed"));
    }
    try {
      Optional<String> user = FlowFileUse.process(file);
      boolean ours =
          site.balancer().map(each -> String.valueOf(each.pid())).equals(user) || user.isEmpty();
      if (!ours) {
        return List.of(
            Finding.problem(
                "%s is in use by process %s".formatted(file, user.get()),
                "stop that balancer, or name another connection_tracker_file"));
      }
    } catch (IOException e) {
      return List.of(
          Finding.problem(
              "the lock of %s cannot be read: %s".formatted(file, e.getMessage()),
              "give it to the user that runs headrace: chown " + user() + " " + file + "*"));
    }
    Path directory = file.toAbsolutePath().getParent();
    // A directory that is missing alone is made at the start.
    Path there = Files.exists(directory) ? directory : directory.getParent();
    if (there == null || !Files.isDirectory(there) || !Files.isWritable(there)) {
      return List.of(
          Finding.problem(
              "user %s cannot make %s".formatted(user(), file),
              "install -d -o %s %s".formatted(user(), directory)));
    }
    return List.of(Finding.ok(file.toString()));
  }

  private static String user() {
    return System.getProperty("user.name");
  }
}
