"""The 24 months of Bacon's example, and where their published figures come from.

C. Bacon, "Practical Portfolio Performance Measurement and Attribution", 2nd edition,
2008; the series as PerformanceAnalytics ships it (``portfolio_bacon``). The figures
that it prints for its examples are in its documentation and in its test snapshots.
"""

from __future__ import annotations

PORTFOLIO = [
    *(0.003, 0.026, 0.011, -0.010, 0.015, 0.025, 0.016, 0.067, -0.014, 0.040, -0.005),
    *(0.081, 0.040, -0.037, -0.061, 0.017, -0.049, -0.022, 0.070, 0.058, -0.065),
    *(0.024, -0.005, -0.009),
]
BENCHMARK = [
    *(0.002, 0.025, 0.018, -0.011, 0.014, 0.018, 0.014, 0.065, -0.015, 0.042, -0.006),
    *(0.083, 0.039, -0.038, -0.062, 0.015, -0.048, 0.021, 0.060, 0.056, -0.067),
    *(0.019, -0.003, 0.000),
]
