"""The HTML report of a run: one file that opens anywhere, offline.

The page carries its style, its figures and Plotly itself (which the wheel carries) and
its content security policy forbids it to fetch anything. The same result gives the same
bytes. Everything that came from outside is escaped.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ai_trading.core.errors import ConfigError
from ai_trading.core.exact import file_path

if TYPE_CHECKING:
    from ai_trading.backtest.result import BacktestResult
    from ai_trading.backtest.statistics import Statistics
    from ai_trading.execution.tca import CostReport

__all__ = ["render", "write_report"]


def render(
    result: BacktestResult,
    *,
    statistics: Statistics | None = None,
    costs: CostReport | None = None,
) -> str:
    """Return the report of a run as one HTML page.

    Parameters
    ----------
    result : BacktestResult
        The run, with its findings.
    statistics : Statistics, optional
        Its statistics, if they are already there.
    costs : CostReport, optional
        What its parent orders cost, as `ai_trading.execution.tca.analyze_run` says.

    Returns
    -------
    str
        About 5 MB, nearly all of it Plotly.
    """
    from ai_trading.backtest.report.page import page
    from ai_trading.backtest.statistics import summarize

    return page(result, statistics or summarize(result), costs)


def write_report(
    result: BacktestResult,
    path: str | Path,
    *,
    statistics: Statistics | None = None,
    costs: CostReport | None = None,
) -> Path:
    """Write the report of a run and return its absolute path.

    The file appears whole or not at all; folders on the way are made. The arguments
    are those of `render`.

    Raises
    ------
    ConfigError
        If it cannot be written there.

    Examples
    --------
    >>> write_report(result, "report.html")  # doctest: +SKIP
    """
    target = file_path("path", path).expanduser().absolute()
    text = render(result, statistics=statistics, costs=costs)
    draft = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=target.parent, suffix=".part", delete=False
        ) as file:
            draft = Path(file.name)
            file.write(text)
        draft.chmod(0o666 & ~_umask())
        draft.replace(target)
    except OSError as error:
        if draft is not None:
            with contextlib.suppress(OSError):
                draft.unlink()
        msg = f"cannot write the report to {target}: {error.strerror or error}"
        raise ConfigError(msg) from error
    return target


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
