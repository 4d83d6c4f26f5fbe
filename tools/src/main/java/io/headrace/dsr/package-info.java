/** What servers need that answer clients by themselves. */
package io.headrace.dsr;
