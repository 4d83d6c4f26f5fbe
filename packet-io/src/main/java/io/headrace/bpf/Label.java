package io.headrace.bpf;

/** Where a jump goes; {@link Assembler#place} says where that is. */
public final class Label {
  private int at = -1;

  boolean isPlaced() {
    return at >= 0;
  }

  int at() {
    if (!isPlaced()) {
      throw new IllegalStateException("a jump goes to a label that is nowhere");
    }
    return at;
  }

  void place(int instruction) {
    if (isPlaced()) {
      throw new IllegalStateException("a label is in two places");
    }
    at = instruction;
  }
}
