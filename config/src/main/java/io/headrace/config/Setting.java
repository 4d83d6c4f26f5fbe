package io.headrace.config;

/**
 * What holds for one key.
 *
 * @param value as the file writes it, or in words where nothing stands for it
 * @param stated whether the file says so; otherwise it is the default
 * @param atStart whether a change of it has to wait for the next start
 */
public record Setting(String value, boolean stated, boolean atStart) {}
