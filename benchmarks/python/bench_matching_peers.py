"""Our matching engine from Python beside every one that PyPI can install.

Question   what does a command cost a Python user, in nanoseconds?
Workload   one symbol, 5,000 resting orders, then new 50 % (8 % of them take), cancel
           40 %, move to another price 10 %, around a middle that walks; the same
           commands for all. Slow engines get as many as fit into `--seconds`.
Ours       `Engine.apply` in batches of 2,048 rows, and one call for each command;
           answers to all are made and kept until the next batch. "from columns"
           includes making the rows from NumPy columns.
Check      what an engine says has traded must be what ours has traded by then;
           "differs" marks one that matches otherwise, "-" one that does not tell.
           One that never comes back from a command is timed up to it.
Read       processor time; least of the rounds, engines taking turns.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from peer_matching import ADD, BUY, CANCEL, MOVE, PEERS

from ai_trading._core import matching

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "build" / "bench" / "data"
PEER_PYTHON = ROOT / "build" / "peers" / "bin" / "python"
RESTING = 5_000
BATCH = 2_048
GOAL = 10
NONE = np.iinfo(np.int64).min
"""A row's time that does not move the clock."""


def flow(commands: int, seed: int = 1) -> NDArray[np.int64]:
    """Return rows (what, id, side, price, quantity), played on our engine as made."""
    path = DATA / f"matching-{commands}-{seed}.npy"
    if path.exists():
        return np.asarray(np.load(path))
    draw = random.Random(seed)
    engine = matching.Engine(1)
    rows: list[tuple[int, int, int, int, int]] = []
    live: list[int] = []
    middle, next_id = 10_000, 1

    def away() -> int:
        steps = 1
        while steps < 200 and draw.randrange(8):
            steps += 1
        return steps

    def add(steps: int) -> None:
        nonlocal next_id
        side = draw.randrange(2)
        price = middle - steps if side == BUY else middle + steps
        quantity = 100 * draw.randint(1, 5)
        rows.append((ADD, next_id, side, price, quantity))
        engine.submit(next_id, side=side, price=price, quantity=quantity)
        if engine.order(next_id) is not None:
            live.append(next_id)
        next_id += 1

    def pick() -> tuple[int, Any]:
        """Take out a live order, forgetting those that have traded away."""
        while True:
            at = draw.randrange(len(live))
            live[at], live[-1] = live[-1], live[at]
            order = live.pop()
            found = engine.order(order)
            if found is not None or not live:
                return order, found

    while len(rows) < RESTING:
        add(away())
    while len(rows) < RESTING + commands:
        if draw.randrange(20) == 0:
            middle += draw.choice((-1, 1))
        what = draw.randrange(100)
        if what < 50 or not live:
            add(-2 if draw.randrange(100) < 8 else away())
            continue
        order, found = pick()
        if found is None:
            continue
        _, _, side, old, left, _ = found
        if what < 90:
            rows.append((CANCEL, order, side, old, left))
            engine.cancel(order)
            continue
        steps = away()
        price = middle - steps if side == BUY else middle + steps
        price += price == old
        rows.append((MOVE, order, side, price, left))
        engine.replace(order, price=price, left=left)
        live.append(order)
    made = np.array(rows, np.int64)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, made)
    return made


def requests(rows: NDArray[np.int64]) -> NDArray[Any]:
    """Return the commands as rows of our engine."""
    out = np.zeros(len(rows), matching.request_dtype)
    actions = matching.actions
    codes = np.array([actions["submit"], actions["cancel"], actions["replace"]])
    out["timestamp"] = NONE
    out["action"] = codes[rows[:, 0]]
    out["order_id"] = out["new_id"] = rows[:, 1]
    out["side"], out["price"], out["quantity"] = rows[:, 2], rows[:, 3], rows[:, 4]
    out["type"] = 1
    return out


def traded(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what has traded after so many commands, by our engine."""
    answers = matching.Engine(1).apply(requests(rows))
    trades = answers[answers["kind"] == matching.answer_kinds["traded"]]
    volume = np.zeros(len(rows), np.int64)
    np.add.at(volume, trades["request"], trades["quantity"])
    return np.cumsum(volume)


def batched(rows: NDArray[np.int64], *, columns: bool) -> float:
    """Return ns per command of ours in batches."""
    engine = matching.Engine(1)
    engine.apply(requests(rows[:RESTING]))
    timed = rows[RESTING:]
    made = requests(timed)
    start = time.process_time()
    for at in range(0, len(timed), BATCH):
        if columns:
            engine.apply(requests(timed[at : at + BATCH]))
        else:
            engine.apply(made[at : at + BATCH])
    return (time.process_time() - start) * 1e9 / len(timed)


def singly(rows: NDArray[np.int64]) -> float:
    """Return ns per command of ours, one call for each."""
    engine = matching.Engine(1)
    engine.apply(requests(rows[:RESTING]))
    timed = [tuple(row) for row in rows[RESTING : RESTING + 50_000].tolist()]
    start = time.process_time()
    for what, order, side, price, quantity in timed:
        if what == ADD:
            engine.submit(order, side=side, price=price, quantity=quantity)
        elif what == CANCEL:
            engine.cancel(order)
        else:
            engine.replace(order, price=price, left=quantity)
    return (time.process_time() - start) * 1e9 / len(timed)


def peer(name: str, path: Path, seconds: float) -> dict[str, Any]:
    """Return what one engine said of itself, `skipped` where it has no figure."""
    python = _python()
    script = Path(__file__).with_name("peer_matching.py")
    if not python.exists():
        return {"skipped": "not installed"}
    words = [str(python), str(script), name, str(path), str(RESTING), str(seconds)]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, timeout=45 + 5 * seconds
        )
        told, wrong = done.stdout, done.stderr if done.returncode else ""
    except subprocess.TimeoutExpired as late:
        told, wrong = _text(late.stdout), ""
    lines = told.splitlines()
    if lines:
        answer: dict[str, Any] = json.loads(lines[-1])
        return answer
    reason = wrong.strip().splitlines()[-1:] or ["no answer in time"]
    return {"skipped": f"failed: {reason[0]}"}


def _text(output: bytes | str | None) -> str:
    return output.decode() if isinstance(output, bytes) else output or ""


def main(arguments: list[str] | None = None) -> int:
    """Print the table; return 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--commands", type=int, default=400_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1.5, help="for each peer")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    options = parser.parse_args(arguments)
    rows = flow(options.commands)
    path = DATA / f"matching-{options.commands}.bin"
    rows.tofile(path)
    expected = traded(rows)

    ours: dict[str, list[float]] = {}
    theirs: dict[str, list[dict[str, Any]]] = {}
    names = ["", *(kind.package for kind in PEERS)]
    for _ in range(options.rounds):
        for _ in range(3):
            ours.setdefault("ours, batched", []).append(batched(rows, columns=False))
            ours.setdefault("ours, batched, from columns", []).append(
                batched(rows, columns=True)
            )
        ours.setdefault("ours, one call each", []).append(singly(rows))
        for name in names:
            said = theirs.setdefault(name, [])
            if not (said and "skipped" in said[-1]):
                said.append(peer(name, path, options.seconds))

    best = min(ours["ours, batched"])
    lines = [
        {"what": what, "ours": True, "ns": min(runs)} for what, runs in ours.items()
    ]
    # The loop around no engine has nothing to say where there is no interpreter.
    said = [name for name in names if name or "ns" in theirs[name][-1]]
    lines += [_line(name, theirs[name], expected) for name in said]
    if options.json:
        for line in lines:
            print(json.dumps(line))
        return 0
    head = "matching from Python, ns/command"
    print(f"{head:40} {'least':>7} {'x ours':>8} {'goal':>6} {'volume':>8}")
    for line in lines:
        if "ns" not in line:
            print(f"{line['what']:40} {'-':>7} {line['skipped']}")
            continue
        figures = f"{line['what']:40} {line['ns']:7.0f} {line['ns'] / best:8.1f}"
        goal = line.get("goal") or ""
        print(f"{figures} {goal:6} {line.get('volume', ''):>8}".rstrip())
    if not _python().exists():
        packages = " ".join(kind.package for kind in PEERS)
        print(
            f"install them with: python3 -m venv build/peers && build/peers/bin/pip "
            f"install {packages} polars pandera"
        )
    return 0


def _line(
    name: str, runs: list[dict[str, Any]], expected: NDArray[np.int64]
) -> dict[str, Any]:
    """Return what there is to say of one engine."""
    last = runs[-1]
    what = f"{name} {last.get('version', '')}".strip()
    line: dict[str, Any] = {"what": what, "ours": False, "goal": GOAL}
    if "ns" not in last:
        return line | {"skipped": last["skipped"]}
    line["ns"] = min(run["ns"] for run in runs if "ns" in run)
    if not name:
        return line | {
            "what": "an empty loop around no engine",
            "goal": None,
            "volume": "",
        }
    if "finished" not in last:
        volume = f"stops answering after {last['commands']:,} commands"
    elif last["volume"] is None:
        volume = "-"
    else:
        right = int(expected[RESTING + last["commands"] - 1])
        volume = "same" if last["volume"] == right else "differs"
    return line | {"volume": volume}


def _python() -> Path:
    return Path(os.environ.get("AI_TRADING_PEER_PYTHON", str(PEER_PYTHON)))


if __name__ == "__main__":
    sys.exit(main())
