/** Programs for the kernel: an assembler, and bpf(2) called through the foreign-function API. */
package io.headrace.bpf;
