"""Tell the stories of tests/scenarios to the extension and to the slow twin."""

from __future__ import annotations

import copy
import re

import pytest
from twin import Twin
from twin_driver import (
    ALLOCATIONS,
    AUCTIONS,
    GONE,
    KINDS,
    PEGS,
    PLACES,
    SELF_TRADES,
    STATES,
    TIMES,
    TRAILS,
    TRIGGERS,
    TYPES,
    heard,
    row,
)

from ai_trading._core import matching
from scenarios import FOLDER, book_line, command, report

STORIES = sorted(FOLDER.glob("*.txt"))
MARKET = ("phase", "bands", "market_wide")  # told by the stories of a whole market


class Compiled:
    def __init__(self):
        self.engine = matching.Engine(8)
        self.now = 0

    def tell(self, name, words):
        self.now = words.get("now", self.now)
        return heard(self.engine.apply(row(name, words, self.now)))

    def renew(self):
        bytes_ = self.engine.snapshot()
        self.engine = matching.Engine(8, seed=99)
        self.engine.restore(bytes_)

    def book(self, instrument):
        sides = [self.engine.orders(instrument, side) for side in (0, 1)]
        return [[(price, shown) for _, price, shown in rows] for rows in sides]


class Slow:
    def __init__(self):
        self.twin = Twin()

    def tell(self, name, words):
        self.twin.said = []
        getattr(self.twin, name)(**words)
        return self.twin.said

    def renew(self):
        self.twin = copy.deepcopy(self.twin)

    def book(self, instrument):
        out = []
        for side, sign in ((0, -1), (1, 1)):
            rows = self.twin.on(instrument, side, "shown")
            rows.sort(key=lambda o, sign=sign: (sign * o.price, o.stamp))
            out.append([(o.price, o.shown) for o in rows])
        return out


def retell(text, engine):
    """Return the story as the engine tells it."""
    out = []
    for line in text.splitlines():
        if line.startswith(">"):
            continue
        out.append(line)
        if line.startswith("book"):
            where = line.partition("instrument ")[2]
            said = book_line(*engine.book(int(where or 0)))
            out[-1] = f"{said} instrument {where}" if where else said
        elif line == "snapshot":
            engine.renew()
        elif line and not line.startswith("#"):
            name, words = command(line)
            out += [f"> {report(said)}" for said in engine.tell(name, words)]
    return out


@pytest.mark.parametrize("teller", [Compiled, Slow])
@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_story(story, teller):
    text = story.read_text()

    assert retell(text, teller()) == text.splitlines()


def test_there_are_stories():
    assert len(STORIES) > 60


def test_every_story_is_listed_under_its_rule():
    told = {str(path.relative_to(FOLDER))[:-4] for path in FOLDER.rglob("*.txt")}
    index = (FOLDER / "README.md").read_text("utf-8").split("## Which story")[1]

    assert set(re.findall(r"`([\w/]+)`", index)) == told


@pytest.mark.parametrize(
    "words",
    [
        TYPES,
        TIMES,
        TRIGGERS,
        TRAILS[1:],  # the first is what goes without saying, here and below
        PEGS[1:],
        SELF_TRADES[2:],
        STATES,
        AUCTIONS,
        ALLOCATIONS[1:],
        GONE,
        PLACES,
        [kind for kind in KINDS if kind not in MARKET],
    ],
    ids=lambda words: words[-1],
)
def test_every_word_is_told_by_a_story(words):
    text = " ".join(path.read_text("utf-8") for path in STORIES)
    said = set(re.findall(r"\w+", text)) | {"state_changed"}

    assert [word for word in words if word not in said] == []
