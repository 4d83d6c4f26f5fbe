package io.headrace.forward;

/**
 * The part of the kernel's room that a worker has: numbers for flows. The one that was given back
 * first is taken first, as a frame may still be on its way by the entries of the last. Belongs to
 * the worker.
 */
public final class EntryNumbers {
  static final int NONE = -1;

  private final int first;
  private final int[] free;
  private int next;
  private int left;

  /**
   * @param first the least of them
   * @param count how many follow each other
   */
  public EntryNumbers(int first, int count) {
    this.first = first;
    this.free = new int[count];
    for (int i = 0; i < count; i++) {
      free[i] = first + i;
    }
    left = count;
  }

  /** One that is free, or {@link #NONE}. */
  int take() {
    if (left == 0) {
      return NONE;
    }
    int number = free[next];
    next = index(1);
    left--;
    return number;
  }

  void give(int number) {
    free[index(left)] = number;
    left++;
  }

  private int index(int ahead) {
    int index = next + ahead;
    return index < free.length ? index : index - free.length;
  }

  /** The least of all. */
  int first() {
    return first;
  }

  /** How many there are, free or not. */
  int count() {
    return free.length;
  }
}
