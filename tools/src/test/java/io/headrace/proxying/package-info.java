/** The command in mode proxy, as a process of its own on this machine: no network, no root. */
package io.headrace.proxying;
