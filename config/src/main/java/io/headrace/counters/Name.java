package io.headrace.counters;

import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Which counter or histogram of a metric.
 *
 * <p>In the file it is the metric's ordinal as the type, and a key of at most 112 bytes:
 *
 * <pre>
 *   0        4        8             12
 *   +--------+--------+-------------+-----------------
 *   |   id   | worker | kind length |  kind (UTF-8) …
 *   +--------+--------+-------------+-----------------
 * </pre>
 *
 * @param metric what is counted
 * @param id of the frontend or server, as the registry has it; {@link #NONE} for neither
 * @param worker that counts; {@link #NONE} for whoever else
 * @param kind a reason, a state, a stage, an interface; empty where there is but one
 */
public record Name(Metric metric, int id, int worker, String kind) {
  public static final int NONE = -1;

  static final int KEY_LENGTH = 112;
  private static final int ID = 0;
  private static final int WORKER = 4;
  private static final int KIND_LENGTH = 8;
  private static final int KIND = 12;

  public static Name of(Metric metric) {
    return new Name(metric, NONE, NONE, "");
  }

  /** Of a reason, a state, a stage or an interface. */
  public Name kind(String text) {
    return new Name(metric, id, worker, text);
  }

  /** Of a frontend or a server. */
  public Name id(int number) {
    return new Name(metric, number, worker, kind);
  }

  public Name worker(int index) {
    return new Name(metric, id, index, kind);
  }

  /** For whoever reads the file with another tool. */
  String label() {
    return metric.label()
        + (kind.isEmpty() ? "" : " " + kind)
        + (id == NONE ? "" : " of " + id)
        + (worker == NONE ? "" : " by worker " + worker);
  }

  void write(MutableDirectBuffer key) {
    byte[] text = kind.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, KEY_LENGTH - KIND);
    key.putInt(ID, id);
    key.putInt(WORKER, worker);
    key.putInt(KIND_LENGTH, length);
    key.putBytes(KIND, text, 0, length);
  }

  static Name read(int type, DirectBuffer key, int offset) {
    byte[] text = new byte[Math.clamp(key.getInt(offset + KIND_LENGTH), 0, KEY_LENGTH - KIND)];
    key.getBytes(offset + KIND, text);
    return new Name(
        Metric.values()[type],
        key.getInt(offset + ID),
        key.getInt(offset + WORKER),
        new String(text, StandardCharsets.UTF_8));
  }
}
