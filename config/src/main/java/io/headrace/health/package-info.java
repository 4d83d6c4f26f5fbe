/** Checks of servers: how they are made, and when. */
package io.headrace.health;
