"""A trading desk in C++, a venue simulator under it, and Python around it."""

from __future__ import annotations

__version__ = "0.1.0"

__all__ = ["__version__"]
