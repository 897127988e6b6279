"""Copy plotly.js, and the licence it comes under, into the folder named.

The wheel carries the one file of the package plotly that a report needs, a tenth of it.
"""

import shutil
import sys
from importlib.metadata import distribution
from pathlib import Path

WANTED = {"plotly.min.js": "plotly.min.js", "LICENSE.txt": "plotly.LICENSE.txt"}


def main(folder: Path) -> int:
    """Return 1 if the installed plotly lacks one of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = dict(WANTED)
    for file in distribution("plotly").files or ():
        if (target := missing.pop(file.name, None)) is not None:
            shutil.copyfile(file.locate(), folder / target)
    for name in missing:
        sys.stderr.write(f"the installed package plotly has no {name}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
