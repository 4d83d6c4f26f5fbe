/** The whole balancer as a user runs it: a process on a testbed, real traffic through it. */
package io.headrace.endtoend;
