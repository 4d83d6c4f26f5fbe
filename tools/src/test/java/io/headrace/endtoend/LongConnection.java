package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.NginxServer;
import java.util.List;

/** A connection that stays, with a request and an answer all the time: {@link KeepAlive}. */
final class LongConnection {
  private final Host client;
  private final HostProcess process;

  private LongConnection(Host client, HostProcess process) {
    this.client = client;
    this.process = process;
  }

  /** Opens one; returns when the first answer has come. */
  static LongConnection open(Host client, String address) {
    return open(client, address, NginxServer.PORT);
  }

  /** As above. */
  static LongConnection open(Host client, String address, int port) {
    LongConnection connection =
        new LongConnection(client, JavaProgram.start(client, KeepAlive.class, address, port));
    connection.awaitAnswers(1);
    return connection;
  }

  /** The name of the server at the other end. */
  String server() {
    return answers().getFirst();
  }

  /** Waits until it has carried some more answers, all of them from the same server. */
  void goesOn() {
    awaitAnswers(answers().size() + 5);
  }

  /** Waits until it has been reset. */
  void isReset() {
    Eventually.isTrue(
        "it was reset", () -> process.output().contains("Connection reset"), process::output);
  }

  private void awaitAnswers(int count) {
    Eventually.isTrue(
        "there were " + count + " answers on one connection",
        () -> answers().size() >= count || !process.isAlive(),
        process::output);
    assertFalse(process.output().contains("broken"), process::output);
    assertFalse(answers().stream().distinct().count() > 1, process::output);
  }

  private List<String> answers() {
    String output = process.output();
    return output.substring(0, output.lastIndexOf('\n') + 1).lines().toList();
  }

  /** Says nothing any more, and does not end. */
  void pause() {
    client.run("kill", "-STOP", Long.toString(process.pid()));
  }

  /** Waits until it is broken. */
  void breaks() {
    Eventually.isTrue("it goes on", () -> process.output().contains("broken"), process::output);
  }

  void close() {
    process.kill();
  }
}
