"""How much to risk, and whether a trade may be made at all."""
