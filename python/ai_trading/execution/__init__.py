"""Orders, who keeps them, and where they are executed."""
