"""Stories of tests/scenarios/market: their settings, commands and reports."""

from __future__ import annotations

from twin_driver import heard, row

from ai_trading._core import rules, venue
from scenarios import command, report

SECOND = 1_000_000_000
NEVER = 2**63 - 1
LULD = {"limit_up", "limit_down"}


def time_of(text):
    """Nanoseconds since midnight of HH:MM[:SS[.mmm]]."""
    hours, minutes, *seconds = text.split(":")
    whole = (int(hours) * 60 + int(minutes)) * 60_000
    return (whole + round(float((seconds or ["0"])[0]) * 1000)) * 1_000_000


def clock_of(at):
    millis = at // 1_000_000
    text = f"{millis // 3_600_000:02}:{millis // 60_000 % 60:02}:"
    text += f"{millis // 1000 % 60:02}"
    return text + (f".{millis % 1000:03}" if millis % 1000 else "")


def market_of(lines):
    """Make the market that a story's first lines describe."""
    terms, listings = {}, []
    for line in lines:
        verb, *words = line.split() or [""]
        if verb == "market":
            pairs = dict(zip(words[::2], words[1::2], strict=True))
            terms["close"] = time_of(pairs["close"])
            terms["index_close"] = int(pairs.get("index", 0))
            terms["seed"] = int(pairs.get("seed", 0))
            if "call" in pairs:
                terms["call"] = int(pairs["call"]) * SECOND
            if pairs.get("hours") == "xetra":
                terms["timetable"] = rules.xetra_day()
        elif verb == "list":
            listings.append(_listing(words))
    return venue.Market(listings, **terms)


def _listing(words):
    nano = 10_000_000 if words[2] == "0.01" else 100_000
    steps = [(at, max(step, nano)) for at, step in rules.rule_612()]
    more = {}
    if "leverage" in words:
        more["leverage_percent"] = int(words[words.index("leverage") + 1])
    return venue.Listing(
        int(words[0]),
        tick_nano=nano,
        luld="no_luld" not in words,
        tier=int(words[4]),
        increments=steps,
        collar=[] if "no_collar" in words else rules.nyse_trading_collar(),
        **more,
    )


def request(line, now):
    """Return the request of a line and the time it moves to."""
    verb, *words = line.split()
    if verb == "at":
        now = time_of(words[0])
        return row("advance", {"now": now}), now
    if verb in {"halt", "resume"}:
        return row(verb, {"instrument": int(words[0])}, now), now
    if verb == "index":
        return row(verb, {"price": int(words[0])}, now), now
    name, known = command(line)
    return row(name, known, now), now


def reports(answers):
    """Return the lines that answers are in a story."""
    return [_line(a, said) for a, said in zip(answers, heard(answers), strict=True)]


def _line(answer, said):
    kind, instrument = said[0], int(answer["instrument"])
    on = f" instrument {instrument}" if instrument else ""
    at = clock_of(int(answer["timestamp"]))
    if kind == "phase":
        words = [at, kind, rules.phases[answer["detail"]]]
        if answer["other_id"]:
            words.append(venue.halts[answer["other_id"]])
        if answer["left"] != NEVER:
            words += ["until", clock_of(int(answer["left"]))]
        return " ".join(words) + on
    if kind == "bands":
        if not answer["quantity"]:
            return f"{at} bands none{on}"
        state = rules.luld_states[answer["detail"]]
        line = f"{at} bands {answer['price']} {answer['left']}"
        line += f" reference {answer['other_left']}"
        return line + (f" {state}" if state in LULD else "") + on
    if kind == "market_wide":
        until = int(answer["left"])
        more = "" if until == NEVER else f" until {clock_of(until)}"
        return f"{at} market_wide {answer['detail']}{more}"
    line = report(said)
    return line + on if kind in {"state_changed", "indicative"} else line
