/**
 * Whether this machine and its network can do what a configuration asks, and what mends it where
 * not: a class for each thing that is looked at.
 */
package io.headrace.doctor;
