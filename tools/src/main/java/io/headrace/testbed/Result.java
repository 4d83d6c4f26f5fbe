package io.headrace.testbed;

/**
 * How a command ended.
 *
 * @param exit its exit status; 128 and the signal's number if a signal ended it
 * @param out its standard output, as UTF-8
 * @param err its standard error, as UTF-8
 */
public record Result(int exit, String out, String err) {

  public boolean ok() {
    return exit == 0;
  }
}
