package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DescriptorsTest {
  @Test
  void someAreLeftForTheRestOfTheProcess() {
    Descriptors descriptors = new Descriptors(2512);
    for (int i = 0; i < 1000; i++) {
      assertTrue(descriptors.take());
    }
    assertFalse(descriptors.take());
    descriptors.give();
    assertTrue(descriptors.take());
  }

  @Test
  void aProcessHasSome() {
    assertTrue(Descriptors.ofProcess().take());
  }
}
