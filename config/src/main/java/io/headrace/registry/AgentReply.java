package io.headrace.registry;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What an agent on a server says of it. What it leaves out stays as it was.
 *
 * @param text the whole reply, for a person
 * @param admin what it wants
 * @param up whether it says that the server is up
 * @param percent of its weight that the server should have
 */
public record AgentReply(
    String text, Optional<AdminState> admin, Optional<Boolean> up, OptionalInt percent) {}
