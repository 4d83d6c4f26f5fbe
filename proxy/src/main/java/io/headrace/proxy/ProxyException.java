package io.headrace.proxy;

/** This machine cannot do what the configuration asks; the message is one line for a user. */
public final class ProxyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ProxyException(String message) {
    super(message);
  }
}
