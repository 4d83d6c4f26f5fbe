package io.headrace.health;

import io.headrace.config.AgentConfig;
import io.headrace.registry.AdminState;
import io.headrace.registry.AgentReply;
import io.headrace.registry.Server;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks the agent on a server how that is: a line of words over TCP, as HAProxy's {@code
 * agent-check} has it. {@code up}, {@code down}, {@code stopped} and {@code fail} say how the
 * server is, {@code ready}, {@code drain} and {@code maint} what is wanted of it, {@code 75%} how
 * much of its weight it should have; what follows {@code #} is for people. Words that are not
 * known, {@code maxconn:} among them, are skipped.
 */
final class Agent implements Check {
  private static final int LONGEST = 1024;
  private static final int MOST_PERCENT = 1000;
  private static final Pattern PERCENT = Pattern.compile("([0-9]{1,4})%");

  private final AgentConfig config;
  private final BiConsumer<Server, AgentReply> listener;

  /**
   * @param listener gets each reply
   */
  Agent(AgentConfig config, BiConsumer<Server, AgentReply> listener) {
    this.config = config;
    this.listener = listener;
  }

  @Override
  public void run(Server server, Place at, Deadline deadline) throws IOException {
    try (SocketChannel channel = Connection.open(at.connected(), deadline)) {
      if (config.send().isPresent()) {
        ByteBuffer words = ByteBuffer.wrap(config.send().get().bytes());
        while (words.hasRemaining()) {
          channel.write(words);
        }
      }
      listener.accept(server, parse(line(channel)));
    }
  }

  private static String line(SocketChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(LONGEST);
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
      String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
      if (text.indexOf('\n') >= 0) {
        return text.substring(0, text.indexOf('\n'));
      }
    }
    return new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
  }

  static AgentReply parse(String line) {
    Optional<AdminState> admin = Optional.empty();
    Optional<Boolean> up = Optional.empty();
    OptionalInt percent = OptionalInt.empty();
    for (String word : line.split("#", 2)[0].strip().split("[ \t,]+")) {
      Matcher share = PERCENT.matcher(word);
      if (share.matches()) {
        percent = OptionalInt.of(Math.min(MOST_PERCENT, Integer.parseInt(share.group(1))));
      }
      switch (word) {
        case "up" -> up = Optional.of(true);
        case "down", "stopped", "fail", "failed" -> up = Optional.of(false);
        case "ready" -> admin = Optional.of(AdminState.READY);
        case "drain" -> admin = Optional.of(AdminState.DRAIN);
        case "maint" -> admin = Optional.of(AdminState.MAINTENANCE);
        default -> {}
      }
    }
    return new AgentReply(line.strip().replaceAll("[^\\x20-\\x7e]", "."), admin, up, percent);
  }
}
