/** The log: what its lines look like, which are written, and how many. */
package io.headrace.log;
