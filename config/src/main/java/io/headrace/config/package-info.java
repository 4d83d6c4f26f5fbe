/**
 * What the operator said: the TOML file as immutable records, its errors with their positions, and
 * watching it.
 */
package io.headrace.config;
