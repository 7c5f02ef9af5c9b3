"""Is it a person or the limit? One or two sentences on the pairs of those who wait.

Owns finding that out and wording it. Must not draw nor run the matchmaker. Imports numpy, so the console may only
import it after the first paint.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from core.analysis.pair_matrix import FITS, SLOW, UNREACHED, Flags, Ints, WaitingPairs
from core.projections import words

LEAST_TRIED: Final = 2  # with fewer bad pairs it may be the other's doing
NEAR: Final = 1.5  # a limit that would have to be raised further is not what is wrong
_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def verdict(pairs: WaitingPairs) -> str:
    """For above the matrix; "" if nobody waits."""
    size, tried = len(pairs.people), int(np.count_nonzero(pairs.kind))
    if size < 2:
        return ""
    if pairs.limit_ms is None:
        return "There is no limit: whoever waits may play with anybody."
    if not tried:
        return f"None of the {size} who wait was tried with another of them yet."
    outcasts = _outcasts(pairs)
    told = [_about(pairs, outcasts)] if outcasts else []
    raised = _about_limit(pairs, outcasts)
    if raised:
        told.append(raised)
    if not told:
        fits = int(np.count_nonzero(pairs.kind == FITS))
        told.append(f"{fits} of {tried} tried pairs fit within {words.limit_text(pairs.limit_ms)}.")
    return " ".join(told)


def _outcasts(pairs: WaitingPairs) -> list[int]:
    """Who fits with nobody though others do: most of their pairs' partners have done better elsewhere."""
    fits, bad = pairs.tally(FITS), pairs.tally(SLOW) + pairs.tally(UNREACHED)
    suspects = np.flatnonzero((fits == 0) & (bad >= LEAST_TRIED))
    if len(suspects) == 0:
        return []
    among_others = ~_any_of(pairs, suspects)
    good = int(np.count_nonzero(among_others & (pairs.kind == FITS)))
    poor = int(np.count_nonzero(among_others & ((pairs.kind == SLOW) | (pairs.kind == UNREACHED))))
    # Where everybody does badly, or the many do, it is not about them.
    if len(suspects) > max(1, len(pairs.people) // 4) or poor > good:
        return []
    return [int(number) for number in suspects[np.argsort(-bad[suspects], kind="stable")]]


def _any_of(pairs: WaitingPairs, numbers: Ints) -> Flags:
    """Which pairs one of these people is in."""
    is_one = np.zeros(len(pairs.people), np.bool_)
    is_one[numbers] = True
    either: Flags = is_one.take(pairs.first) | is_one.take(pairs.second)
    return either


def _about(pairs: WaitingPairs, outcasts: list[int]) -> str:
    slow, unreached = pairs.tally(SLOW), pairs.tally(UNREACHED)
    who = _names(pairs, outcasts)
    several = len(outcasts) > 1
    one = outcasts[0]
    tried = int(slow[one] + unreached[one])
    with_whom = "everybody" if tried == len(pairs.people) - 1 else "everybody they were tried with"
    number = f" ({tried} of {len(pairs.people) - 1})" if not several and tried < len(pairs.people) - 1 else ""
    if int(unreached[outcasts].sum()) > int(slow[outcasts].sum()):
        return f"{who} cannot be reached by {with_whom}{number}."
    return f"{who} {'are' if several else 'is'} too slow for {with_whom}{number}."


def _about_limit(pairs: WaitingPairs, outcasts: list[int]) -> str:
    """The raise that gains most for its size, if enough would fit with a limit a little higher."""
    assert pairs.limit_ms is not None
    wanted = (pairs.kind == SLOW) & (pairs.rtt_ms > pairs.limit_ms)
    if outcasts:
        wanted &= ~_any_of(pairs, np.array(outcasts))
    near = np.compress(wanted & (pairs.rtt_ms <= pairs.limit_ms * NEAR), pairs.rtt_ms)
    if len(near) == 0:
        return ""
    middle = (len(near) - 1) // 2
    limit_ms = round_limit(float(np.partition(near, middle)[middle] if len(near) > 4 else near.max()))
    gained = int(np.count_nonzero(wanted & (pairs.rtt_ms <= limit_ms)))
    pairs_text = f"{_number(gained)} more {'pair' if gained == 1 else 'pairs'} would fit"
    return f"At {words.limit_text(limit_ms)} {pairs_text}."


def round_limit(rtt_ms: float) -> int:
    """A limit somebody would set that just allows this: whole tens from 50 ms up."""
    step = 10 if rtt_ms >= 50 else 5 if rtt_ms >= 10 else 1
    return int(-(-rtt_ms // step) * step)


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _names(pairs: WaitingPairs, numbers: list[int]) -> str:
    named = [pairs.people[number].subject_id for number in numbers]
    if len(named) <= 3:
        return words.names(named)
    return f"{', '.join(words.name(subject) for subject in named[:2])} and {len(named) - 2} more"


def margin(fits: Ints, tried: Ints, number: int) -> str:
    """`3 of 12`: with how many of those tried this person fits; a dash before the first try."""
    return f"{fits[number]} of {tried[number]}" if tried[number] else "–"
