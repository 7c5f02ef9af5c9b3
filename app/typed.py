"""What stands behind an option on the command line: text into a value, or a sentence saying what may stand there.

Owns the ranges and their sentences. Must not know which option asks.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from urllib.parse import urlsplit

MOST_LIMITS = 200
LIMITS_ADVICE = "give limits in ms, such as 50:300:25 (from 50 to 300 in steps of 25), 80,120 or none"
RTT_ADVICE = "give two numbers of milliseconds, the lower one first, such as 20:200"


def port(text: str) -> int:
    """A TCP port; 0 means any."""
    return _whole(text, 0, 65_535, "a port is a number from 0 to 65535")


def windows(text: str) -> int:
    """How many windows one screen and one machine can bear."""
    return _whole(text, 1, 24, "give a number from 1 to 24")


def bots(text: str) -> int:
    """How many bots one process can bear."""
    return _whole(text, 1, 10_000, "give a number from 1 to 10000")


def some(text: str) -> int:
    """How many of the bots."""
    return _whole(text, 0, 10_000, "give a number from 0 to 10000")


def crowd(text: str) -> int:
    """How many are simulated."""
    return _whole(text, 1, 10_000_000, "give a number from 1 to 10000000")


def seed(text: str) -> int:
    """A seed of made-up people."""
    return _whole(text, 0, 2**53, f"a seed is a whole number from 0 to {2**53}")


def threshold(text: str) -> int | str | None:
    """An RTT limit in ms; None for `off`, and for `none`, as `what-if` has it; `file` stays itself."""
    if text in ("off", "none", "file"):
        return text if text == "file" else None
    return _whole(text, 1, 60_000, "give a number of milliseconds from 1 to 60000, off, or file")


def seconds(text: str) -> float:
    """A span of time, in seconds above 0."""
    return _number(text, 1e-9, 1_000_000, "give a number of seconds above 0 and up to 1000000")


def milliseconds(text: str) -> float:
    """A round trip, or two added up."""
    return _number(text, 0.001, 1_000_000, "give a number of milliseconds above 0, such as 120")


def minutes(text: str) -> float:
    """How long a demonstration's crowd arrives; its bots are at most 10000."""
    return _number(text, 0.1, 200, "give a number of minutes from 0.1 to 200")


def link(text: str) -> str:
    """A participants' link, with http:// where only the rest was typed."""
    url = text if "//" in text else f"http://{text}"
    try:
        parts = urlsplit(url)
        is_link = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of a port that is none, or of brackets
        is_link = False
    if not is_link:
        raise ArgumentTypeError(f"give the participants' link, such as http://localhost:8765/, not {text!r}")
    return url


def share(text: str) -> float:
    """From 0 to 1."""
    return _number(text, 0, 1, "give a share from 0 to 1, such as 0.1")


def rate(text: str) -> float:
    """How many a minute."""
    return _number(text, 0.001, 1_000_000, "give how many arrive in a minute, such as 20")


def rtt_range(text: str) -> tuple[float, float]:
    """`20:200`, or `50` for everybody alike, in ms."""
    low, colon, high = text.partition(":")
    low_ms, high_ms = (_number(part, 0.001, 60_000, RTT_ADVICE) for part in (low, high if colon else low))
    if low_ms > high_ms:
        raise ArgumentTypeError(f"{RTT_ADVICE}, not {text!r}")
    return low_ms, high_ms


def tables(text: str) -> tuple[str, ...]:
    """Names of a run's tables, with commas between them; in the order in which they are always written."""
    from core.analysis.exporting.export import TABLES

    given = [name.strip() for name in text.split(",")]
    unknown = [name for name in given if name not in TABLES]
    if unknown:
        raise ArgumentTypeError(f"there is no table {unknown[0]!r}: choose from {', '.join(TABLES)}")
    return tuple(name for name in TABLES if name in given)


def limits(text: str) -> list[int | None]:
    """RTT limits to try: `50:300:25` (from, to, step), single ones and `none`, with commas between them."""
    found: dict[int | None, None] = {}
    for part in text.split(","):
        ends = part.strip().split(":")
        if ends == ["none"]:
            found[None] = None
        elif len(ends) in (1, 3):
            low, high, step = (_whole(end, 1, 10_000, LIMITS_ADVICE) for end in (ends * 3)[:3])
            if low > high:
                raise ArgumentTypeError(f"{LIMITS_ADVICE}, the lower one first, not {text!r}")
            found.update(dict.fromkeys(range(low, high + 1, step)))
        else:
            raise ArgumentTypeError(f"{LIMITS_ADVICE}, not {text!r}")
    if not 1 <= len(found) <= MOST_LIMITS:
        raise ArgumentTypeError(f"these are {len(found)} limits; give 1 to {MOST_LIMITS}")
    return list(found)


def draws(text: str) -> int:
    """How often what is not known is drawn."""
    return _whole(text, 1, 1000, "give a number from 1 to 1000")


def _whole(text: str, lowest: int, highest: int, advice: str) -> int:
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise ArgumentTypeError(f"{advice}, not {text!r}")
    return int(text)


def _number(text: str, lowest: float, highest: float, advice: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = lowest - 1
    if not lowest <= number <= highest:
        raise ArgumentTypeError(f"{advice}, not {text!r}")
    return number
