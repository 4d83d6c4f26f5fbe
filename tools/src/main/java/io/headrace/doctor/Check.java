package io.headrace.doctor;

import java.util.List;

/** Looks at one thing that a balancer needs. */
interface Check {
  /** One or two words. */
  String name();

  /**
   * Looks. Whatever is found elsewhere, a check tells only what it is about: causes come before
   * their consequences by the order of the checks.
   *
   * @return at least one finding; more than one only where something is wrong
   * @throws io.headrace.link.LinkException when the kernel cannot be asked
   * @throws java.io.UncheckedIOException when a file of the kernel cannot be read
   */
  List<Finding> look(Site site);
}
