package io.headrace.io;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.headrace.libc.CallState;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Field;
import org.pcap4j.core.PcapHandle;

/**
 * The functions of libpcap (pcap(3)) that are called per frame, on a handle of pcap4j. Pcap4j
 * opens, configures and closes; its own way of reading makes several objects per frame, this makes
 * none. Pointers are passed as {@code long}.
 *
 * <p>Using this class without libpcap ends in a LinkageError.
 */
final class Libpcap {
  private static final MethodHandle NEXT_EX =
      bind("pcap_next_ex", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle INJECT =
      bind(
          "pcap_inject",
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          CallState.CAPTURE);
  private static final MethodHandle SELECTABLE_FD =
      bind("pcap_get_selectable_fd", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));

  private Libpcap() {}

  @SuppressWarnings("restricted") // Linking C functions is what this class is for.
  private static MethodHandle bind(
      String name, FunctionDescriptor function, Linker.Option... options) {
    Pointer symbol = NativeLibrary.getInstance("pcap").getGlobalVariableAddress(name);
    return Linker.nativeLinker()
        .downcallHandle(MemorySegment.ofAddress(Pointer.nativeValue(symbol)), function, options);
  }

  /** The pcap_t behind a handle, which pcap4j keeps to itself. */
  static long pointer(PcapHandle handle) {
    try {
      Field field = PcapHandle.class.getDeclaredField("handle");
      field.setAccessible(true);
      return Pointer.nativeValue((Pointer) field.get(handle));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("this version of pcap4j is not known", e);
    }
  }

  /**
   * Reads the next packet.
   *
   * @param header where to put the address of its pcap_pkthdr
   * @param data where to put the address of its bytes
   * @return 1, 0 when there is none now, -1 on failure, -2 at the end of a file
   */
  static int nextEx(long pcap, long header, long data) {
    try {
      return (int) NEXT_EX.invokeExact(pcap, header, data);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Sends a frame; returns the bytes sent, or the negative error number that libpcap met. */
  static int inject(CallState state, long pcap, long address, long length) {
    try {
      int result = (int) INJECT.invokeExact(state.memory(), pcap, address, length);
      return result < 0 ? -state.errno() : result;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** The socket of an interface, which polls readable when packets wait, or -1. */
  static int selectableFd(long pcap) {
    try {
      return (int) SELECTABLE_FD.invokeExact(pcap);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static AssertionError unexpected(Throwable e) {
    return new AssertionError("a native call does not throw", e);
  }
}
