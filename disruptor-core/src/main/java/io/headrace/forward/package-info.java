/** What to do with a frame: where it may go, and one class per way of forwarding. */
package io.headrace.forward;
