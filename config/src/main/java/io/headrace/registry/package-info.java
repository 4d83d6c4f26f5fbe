/**
 * What is true of the backends now: pools and servers, their health, and one class per scheduler.
 */
package io.headrace.registry;
