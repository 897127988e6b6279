"""Makes the slow twin, its driver and the reader of scenarios importable."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
