"""How people and measurements are named in the sentences the console shows.

Owns the wording shared by several projections. Must not hold state, nor make markup: sentences are plain text.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from core import events as ev

NAME_LIMIT = 40
TEXT_LIMIT = 300
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_OWN_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def plain(text: str, limit: int = TEXT_LIMIT) -> str:
    """Somebody else's text, safe inside a sentence: one line, at most `limit` characters, unable to turn the direction
    of what stands around it.
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    shown = "".join(_shown(character) for character in text)
    return shown if shown.isascii() else f"{_FIRST_STRONG_ISOLATE}{shown}{_POP_ISOLATE}"


def _shown(character: str) -> str:
    """Control characters become blanks and direction marks go; joiners stay, since emoji are made with them."""
    if character in _OWN_DIRECTION:
        return ""
    if "\ud800" <= character <= "\udfff":
        return "\ufffd"  # of a file's name that is no Unicode: nothing could write it
    return " " if character < " " or "\x7f" <= character < "\xa0" or character in "\u2028\u2029" else character


def name(subject_id: str) -> str:
    """A participant in a sentence."""
    return plain(subject_id, NAME_LIMIT)


def names(subjects: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`; nobody is `nobody`."""
    shown = [name(subject) for subject in subjects]
    if len(shown) < 2:
        return shown[0] if shown else "nobody"
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def others(subjects: Sequence[str], subject_id: str) -> str:
    """Everybody of a group but one."""
    return names([subject for subject in subjects if subject != subject_id])


def ms(value: float | None) -> str:
    """A duration in milliseconds, without decimals from 10 up: `8.4 ms`, `152 ms`."""
    if value is None:
        return "–"
    return f"{value:.1f} ms" if abs(value) < 9.95 else f"{value:.0f} ms"


def percent(share: float, decimals: int = 0) -> str:
    """A share of 1 in percent: `12 %`."""
    return f"{share * 100:.{decimals}f} %"


def clock_text(seconds: float | None) -> str:
    """`m:ss`, or `h:mm:ss` from an hour up, as a stopwatch shows it."""
    if seconds is None:
        return "–"
    whole = max(0, int(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def resumed(away_s: float) -> str:
    """How long a run was without an engine, and what that means for people's pages."""
    return f"after {clock_text(away_s)} without an engine; pages that lost it come back by themselves"


def limit_text(max_p2p_rtt_ms: int | None) -> str:
    """A threshold: `150 ms` or `no limit`."""
    return "no limit" if max_p2p_rtt_ms is None else f"{max_p2p_rtt_ms} ms"


def sentence(text: str) -> str:
    """With a capital at the beginning."""
    return text[:1].upper() + text[1:]


PROBE_FAILURES: dict[str, str] = {
    "unreachable": "no direct connection came about",
    "timeout": "no answer in time",
    "left": "one of them left",
    "too_few_answers": "too few answers to measure",
    "cancelled": "called off",
}

ICE_ERRORS: dict[int, str] = {
    401: "a TURN server refused its credentials (401: is the secret right?)",
    438: "a TURN server refused its credentials (438: too old)",
    486: "a TURN server has no room left (486)",
    508: "a TURN server has no room left (508)",
    701: "a STUN or TURN server could not be reached (701)",
}

LEFT_REASONS: dict[str, str] = {
    "left": "left",
    "removed": "was removed",
    "reconnect_timeout": "did not come back after losing the connection",
    "wait_timeout": "waited as long as the experiment allows, without a match",
    "run_ended": "was here when the run ended",
}

GAME_ENDS: dict[str, str] = {
    "finished": "finished",
    "deadline": "ended at its time limit",
    "partner_left": "ended because a player left",
    "ended_by_operator": "was ended by the operator",
    "run_ended": "ended with the run",
}

RUN_ENDS: dict[str, str] = {
    "drained": "all games had finished",
    "ended_now": "ended at once",
    "duration": "its time was up",
    "stopped": "the engine was stopped",
    "log_failed": "the log could not be written",
}


def connecting(ice: ev.IceEvidence) -> str:
    """How far a page got with connecting, as it said itself."""
    state = [f"connection {ice.state}"] if ice.state else []
    return "; ".join([*state, *(ICE_ERRORS.get(code, f"ICE error {code}") for code in ice.errors)])


def rejection(event: ev.MatchRejected, subject_id: str | None = None) -> str:
    """Why a group went back, as recorded, in words that may follow a colon; for one member if `subject_id` is given."""
    pair = event.worst or event.subjects
    who = f"with {others(pair, subject_id)}" if subject_id in pair else f"between {names(pair)}"
    if subject_id is None and set(pair) == set(event.subjects):
        who = "between them"
    if event.reason == "slow":
        return f"{ms(event.rtt_ms)} {who} (limit {limit_text(event.max_p2p_rtt_ms)})"
    if event.reason == "unreachable":
        return f"no direct connection {who}"
    if event.reason == "timeout":
        return f"no probe answer in time {who}"
    if event.reason == "called_off":
        return "called off by the operator"
    return f"the probe {who} stopped: one of them left"


def local_minute(unix_s: float | None) -> str:
    """Local date and time to the minute; empty if it is not known, or no time that this computer can tell."""
    try:
        return "" if unix_s is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(unix_s))
    except (ValueError, OverflowError, OSError):
        return ""
