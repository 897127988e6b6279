"""Running a strategy over recorded markets, and judging what came out."""
