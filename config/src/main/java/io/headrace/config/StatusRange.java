package io.headrace.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** HTTP status codes from one to another, both included. */
public record StatusRange(int first, int last) {
  private static final Pattern FORM = Pattern.compile("([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?");

  /**
   * @throws IllegalArgumentException when it is none; the message is one line for a user
   */
  static StatusRange parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          Wording.quote(text) + " is no status; write \"204\", or \"200-399\" for a range");
    }
    int first = Integer.parseInt(matcher.group(1));
    int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
    if (first > last) {
      throw new IllegalArgumentException(Wording.quote(text) + " ends before it begins");
    }
    return new StatusRange(first, last);
  }

  public boolean contains(int status) {
    return first <= status && status <= last;
  }

  @Override
  public String toString() {
    return first == last ? String.valueOf(first) : first + "-" + last;
  }
}
