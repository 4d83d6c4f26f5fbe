package io.headrace.doctor;

/** Words. */
final class Texts {
  private Texts() {}

  /** Such as "1 server", "2 servers". */
  static String count(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }
}
