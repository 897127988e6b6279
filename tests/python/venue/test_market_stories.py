"""Tell the stories of tests/scenarios/market to the compiled market."""

from __future__ import annotations

import pytest
from market_words import market_of, reports, request

from scenarios import FOLDER, book_line

STORIES = sorted((FOLDER / "market").glob("*.txt"))


def retell(text, *, renew):
    lines = text.splitlines()
    market, now, out = market_of(lines), 0, []
    for line in lines:
        if line.startswith(">"):
            continue
        out.append(line)
        if line.startswith("book"):
            sides = [market.orders(0, side) for side in (0, 1)]
            out[-1] = book_line(*[[r[1:] for r in rows] for rows in sides])
        elif line and not line.startswith(("#", "market", "list")):
            row, now = request(line, now)
            out += [f"> {said}" for said in reports(market.apply(row))]
            if renew:
                bytes_, market = market.snapshot(), market_of(lines)
                market.restore(bytes_)
    return out


@pytest.mark.parametrize("renew", [False, True], ids=["one", "restored"])
@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_story(story, renew):
    text = story.read_text()

    assert retell(text, renew=renew) == text.splitlines()


def test_there_are_stories():
    assert len(STORIES) >= 16
