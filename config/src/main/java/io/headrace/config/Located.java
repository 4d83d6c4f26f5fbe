package io.headrace.config;

/** A value and where it stands. */
record Located<T>(T value, Place at) {}
