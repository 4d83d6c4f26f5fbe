package io.headrace.doctor;

import io.headrace.config.PassthroughConfig;
import io.headrace.config.PassthroughConfig.Idle;
import io.headrace.config.PassthroughConfig.Threading;
import java.util.List;
import java.util.Locale;

/** Whether there is a core for each thread of the pipeline. */
final class Cores implements Check {
  @Override
  public String name() {
    return "cores";
  }

  @Override
  public List<Finding> look(Site site) {
    int cores = Runtime.getRuntime().availableProcessors();
    PassthroughConfig settings = site.config().passthrough();
    int threads =
        !site.isOfFrames()
            ? 0
            : settings.threading() == Threading.SHARED ? 1 : settings.workers() + 2;
    String of =
        "%s of the pipeline, idle = \"%s\", on %s"
            .formatted(
                Texts.count(threads, "thread"),
                settings.idle().name().toLowerCase(Locale.ROOT),
                Texts.count(cores, "core"));
    if (threads > cores) {
      return List.of(
          Finding.warning(
              of + ": they take the processor from each other", "threading = \"shared\""));
    }
    if (threads == cores && settings.idle() != Idle.BACKOFF) {
      return List.of(
          Finding.warning(
              of + ": nothing is left for the rest of this machine", "idle = \"backoff\""));
    }
    return List.of(Finding.ok(threads == 0 ? Texts.count(cores, "core") : of));
  }
}
