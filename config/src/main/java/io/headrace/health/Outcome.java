package io.headrace.health;

/** What a check has found. */
sealed interface Outcome {
  /** The server is as it should be. */
  record Passed() implements Outcome {}

  /** It is not; the reason completes the sentence "it is down: …". */
  record Failed(String reason) implements Outcome {}

  /** This machine could not even try, which says nothing of the server. */
  record Unknown(String reason) implements Outcome {}
}
