package io.headrace.perf;

/**
 * A table of connections through source NAT, to one frontend. Those of a client go to one server;
 * IPv4 addresses are numbers in host order. Single reader and writer.
 */
interface Connections extends AutoCloseable {
  /** A port of every client. */
  int CLIENT_PORT = 40_000;

  int FRONTEND = 0x0A00_0002;

  /** The first server; others have the addresses behind it. */
  int SERVER = 0x0A00_0100;

  int PORT = 80;

  /** With more, a server's NAT ports would become few. */
  int MOST_PER_SERVER = 25_000;

  /** A multiple of the count of buckets. */
  int FIRST_NAT_PORT = 1024;

  int LAST_NAT_PORT = 65_535;

  /**
   * Has a client's connection established: entered, with a NAT port that no other has towards its
   * server.
   *
   * @throws IllegalStateException when there is no room
   */
  void begin(int client);

  /** Has it reset, and forgotten at once. */
  void end(int client);

  int size();

  @Override
  void close();
}
