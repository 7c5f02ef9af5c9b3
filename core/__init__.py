"""Everything that is true without a window: events, matching, logs, the engine."""
