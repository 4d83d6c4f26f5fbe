package io.headrace.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PortSetTest {
  @Test
  void kernelsListIsReadAndWrittenBack() {
    PortSet set = PortSet.parse("1000-2000,3000\n");
    assertEquals(1002, set.size());
    assertTrue(set.contains(1000) && set.contains(2000) && set.contains(3000));
    assertFalse(set.contains(2001));
    assertEquals("1000-2000,3000", set.toString());
  }

  @Test
  void emptyListIsTheEmptySet() {
    assertEquals(PortSet.EMPTY, PortSet.parse("\n"));
    assertEquals("", PortSet.EMPTY.toString());
    assertEquals(List.of(), PortSet.EMPTY.ranges());
  }

  @Test
  void neighbouringPortsBecomeOneRange() {
    assertEquals("7-9", PortSet.of(IntStream.of(9, 7, 8)).toString());
    assertEquals("0,65535", PortSet.of(IntStream.of(65535, 0)).toString());
  }

  @Test
  void differenceCutsARangeInTwo() {
    PortSet rest = PortSet.range(10, 20).minus(PortSet.parse("15"));
    assertEquals("10-14,16-20", rest.toString());
    assertEquals(PortSet.range(10, 20), rest.plus(PortSet.parse("15")));
  }

  @Test
  void badListSaysWhichPart() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> PortSet.parse("80,http")).getMessage();
    assertTrue(message.contains("\"http\""), message);
    assertThrows(IllegalArgumentException.class, () -> PortSet.parse("9-5"));
    assertThrows(IllegalArgumentException.class, () -> PortSet.parse("65536"));
    assertThrows(IllegalArgumentException.class, () -> PortSet.of(IntStream.of(65536)));
  }
}
