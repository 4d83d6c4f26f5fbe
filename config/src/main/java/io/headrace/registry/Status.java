package io.headrace.registry;

import java.time.Instant;
import java.util.OptionalInt;

/**
 * How a server is, and why. Immutable.
 *
 * @param state where it stands
 * @param reason of its last change, for a person
 * @param since when it changed last
 * @param admin what the operator wants of it
 * @param weight that the operator has given it in place of the file's
 */
public record Status(
    State state, String reason, Instant since, AdminState admin, OptionalInt weight) {}
