"""Words, units, errors, settings and time: what everything above the core shares."""
