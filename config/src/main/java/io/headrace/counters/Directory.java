package io.headrace.counters;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What the ids of frontends and servers stand for, and which servers are up.
 *
 * @param backends the names of those that are configured, in the order of the file
 * @param frontends those that are configured, in the order of the file
 * @param servers every one that was configured in the life of the process
 */
public record Directory(List<String> backends, List<Frontend> frontends, List<Server> servers) {
  static final Directory EMPTY = new Directory(List.of(), List.of(), List.of());

  /**
   * A frontend.
   *
   * @param id as counters have it
   * @param listen address and port
   * @param protocol tcp or udp
   * @param mode proxy, passthrough or dsr
   */
  public record Frontend(
      int id, String name, String listen, String protocol, String mode, String backend) {
    private static final String PROXY = "proxy";

    /** Whether its traffic is frames; else it ends here. */
    public boolean isOfFrames() {
      return !mode.equals(PROXY);
    }
  }

  /**
   * A server.
   *
   * @param id as counters have it
   * @param address and port
   * @param weight its share of new connections
   * @param isConfigured whether it is in the configuration; connections to one that has left go on
   */
  public record Server(
      int id,
      String backend,
      String name,
      String address,
      int weight,
      boolean isConfigured,
      State state) {}

  /**
   * How a server is.
   *
   * @param label as statistics write it
   * @param isUp whether the connections that it has may go on to it
   * @param reason of its last change
   * @param since when it changed last
   * @param admin what the operator wants of it
   */
  public record State(String label, boolean isUp, String reason, Instant since, String admin) {
    private static final String DRAINING = "draining";

    /** Whether it takes no new connections, though it is up. */
    public boolean isDraining() {
      return label.equals(DRAINING);
    }
  }

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(backends.size());
      for (String each : backends) {
        out.writeUTF(each);
      }
      out.writeInt(frontends.size());
      for (Frontend each : frontends) {
        out.writeInt(each.id);
        out.writeUTF(each.name);
        out.writeUTF(each.listen);
        out.writeUTF(each.protocol);
        out.writeUTF(each.mode);
        out.writeUTF(each.backend);
      }
      out.writeInt(servers.size());
      for (Server each : servers) {
        out.writeInt(each.id);
        out.writeUTF(each.backend);
        out.writeUTF(each.name);
        out.writeUTF(each.address);
        out.writeInt(each.weight);
        out.writeBoolean(each.isConfigured);
        out.writeUTF(each.state.label);
        out.writeBoolean(each.state.isUp);
        out.writeUTF(each.state.reason);
        out.writeLong(each.state.since.toEpochMilli());
        out.writeUTF(each.state.admin);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * @throws IOException when it is no directory
   */
  static Directory decode(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    List<String> backends = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      backends.add(in.readUTF());
    }
    List<Frontend> frontends = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      frontends.add(
          new Frontend(
              in.readInt(), in.readUTF(), in.readUTF(), in.readUTF(), in.readUTF(), in.readUTF()));
    }
    List<Server> servers = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      servers.add(
          new Server(
              in.readInt(),
              in.readUTF(),
              in.readUTF(),
              in.readUTF(),
              in.readInt(),
              in.readBoolean(),
              new State(
                  in.readUTF(),
                  in.readBoolean(),
                  in.readUTF(),
                  Instant.ofEpochMilli(in.readLong()),
                  in.readUTF())));
    }
    return new Directory(backends, frontends, servers);
  }
}
