package io.headrace.io;

/**
 * The error numbers of system calls that frame I/O meets; asm-generic/errno-base.h and
 * asm-generic/errno.h, which x86-64 and aarch64 share.
 */
final class Errno {
  static final int EPERM = 1;
  static final int EAGAIN = 11;
  static final int ENOMEM = 12;
  static final int EINVAL = 22;
  static final int EMSGSIZE = 90;
  static final int ENETDOWN = 100;
  static final int ENOBUFS = 105;

  /** Above every number that the kernel gives to user space. */
  static final int LIMIT = 134;

  private Errno() {}

  static String name(int errno) {
    return switch (errno) {
      case EPERM -> "EPERM";
      case 4 -> "EINTR";
      case 6 -> "ENXIO";
      case 9 -> "EBADF";
      case EAGAIN -> "EAGAIN";
      case ENOMEM -> "ENOMEM";
      case 13 -> "EACCES";
      case 14 -> "EFAULT";
      case 16 -> "EBUSY";
      case 19 -> "ENODEV";
      case EINVAL -> "EINVAL";
      case 24 -> "EMFILE";
      case EMSGSIZE -> "EMSGSIZE";
      case 92 -> "ENOPROTOOPT";
      case 97 -> "EAFNOSUPPORT";
      case ENETDOWN -> "ENETDOWN";
      case ENOBUFS -> "ENOBUFS";
      default -> "errno " + errno;
    };
  }
}
