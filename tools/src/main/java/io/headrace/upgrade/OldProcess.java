package io.headrace.upgrade;

import java.time.Instant;
import java.util.Optional;

/**
 * A process that has been followed by another, and drains.
 *
 * @param pid its number, which another process may have later
 * @param start when it was started
 */
record OldProcess(long pid, Instant start) {
  static OldProcess ofThis() {
    ProcessHandle self = ProcessHandle.current();
    return new OldProcess(self.pid(), self.info().startInstant().orElse(Instant.EPOCH));
  }

  static OldProcess parse(String[] words) {
    return new OldProcess(Long.parseLong(words[1]), Instant.ofEpochMilli(Long.parseLong(words[2])));
  }

  String text() {
    return Lines.OLD + " " + pid + " " + start.toEpochMilli();
  }

  boolean isAlive() {
    return find().isPresent();
  }

  /** Has it end now: a signal while it drains means that. */
  void end() {
    find().ifPresent(ProcessHandle::destroy);
  }

  private Optional<ProcessHandle> find() {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .filter(
            found ->
                found
                    .info()
                    .startInstant()
                    .filter(at -> at.toEpochMilli() == start.toEpochMilli())
                    .isPresent());
  }
}
