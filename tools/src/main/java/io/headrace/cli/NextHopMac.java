package io.headrace.cli;

import io.headrace.config.Address;
import io.headrace.packet.IpAddress;
import java.util.HexFormat;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * {@code 192.0.2.1=02:00:00:00:00:01} or {@code 2001:db8::1=02:00:00:00:00:01} on the command line.
 *
 * @param address of either family
 * @param mac 48 bits
 */
record NextHopMac(IpAddress address, long mac) {
  /** Reads one. */
  static final class Converter implements ITypeConverter<NextHopMac> {
    @Override
    public NextHopMac convert(String text) {
      int equals = text.indexOf('=');
      if (equals < 0 || !text.substring(equals + 1).matches("(\\p{XDigit}{2}:){5}\\p{XDigit}{2}")) {
        throw new TypeConversionException(
            "\"" + text + "\" is not of the form 192.0.2.1=02:00:00:00:00:01");
      }
      try {
        IpAddress address = IpAddress.of(Address.parseWithoutPort(text.substring(0, equals)));
        return new NextHopMac(
            address, HexFormat.fromHexDigitsToLong(text.substring(equals + 1).replace(":", "")));
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
