/** Which server a new flow gets: one class per scheduler. */
package io.headrace.schedule;
