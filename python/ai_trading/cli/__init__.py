"""The command line: the only place that wires parts together and talks to a person."""
