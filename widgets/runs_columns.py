"""The columns of the list of runs: heading, words in a cell, and what they sort by.

Owns wording and order. Must not know the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QCoreApplication

from core.analysis.runs.run_line import RunLine, seconds_text, share_text, size_text, thresholds_text
from core.projections import words

RUN, STATE, STARTED, EXPERIMENT, LASTED, PEOPLE, MATCHES, REJECTED, FAILED = range(9)
MEDIAN, P95, RTT, LIMITS, KIND, TAGS, SIZE = range(9, 16)
STATE_MARKS: Final = {
    "complete": ("check", "good"), "running": ("play", "playing"), "interrupted": ("slashed", "warning"),
    "damaged": ("triangle", "error"),
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """`key` gives None for what sorts last, whichever way; `widest` is text it should have room for; figures stand to
    the right.
    """

    heading: str
    tooltip: str
    text: Callable[[RunLine], str]
    key: Callable[[RunLine], Any]
    widest: str
    right: bool = False


def state_words() -> dict[str, str]:
    """Each state in a word."""
    return {
        "complete": _tr("complete"), "running": _tr("running"), "interrupted": _tr("interrupted"),
        "damaged": _tr("damaged"),
    }  # fmt: skip


def people_words() -> dict[str, str]:
    """Who took part, in a word."""
    return {"real": _tr("real"), "simulated": _tr("simulated"), "mixed": _tr("mixed")}


def columns() -> tuple[Column, ...]:
    """In the order of the numbers above."""
    states, people = state_words(), people_words()
    order = {state: place for place, state in enumerate(("running", "damaged", "interrupted", "complete"))}
    return (
        Column(_tr("Run"), _tr("The name of the run's directory"), lambda run: words.plain(run.run_id),
               lambda run: run.run_id.casefold(), "run_20261121_140302"),
        Column(_tr("Status"), _tr("Complete, running in an engine at this moment, broken off, or damaged"),
               lambda run: states[run.state], lambda run: order[run.state], "mi interrupted"),
        Column(_tr("Started"), _tr("When it began, in local time"), lambda run: words.local_minute(run.started_at),
               lambda run: run.started_at, "2026-11-21 14:03"),
        Column(_tr("Experiment"), _tr("The experiment's name"), lambda run: words.plain(run.experiment),
               lambda run: run.experiment.casefold() or None, "coordination_g"),
        Column(_tr("Lasted"), _tr("From its first event to its last"),
               lambda run: words.clock_text(run.duration_s), lambda run: run.duration_s, "1:00:00", right=True),
        Column(_tr("Joined"), _tr("How many participants joined"), lambda run: str(run.participants),
               lambda run: run.participants, "Joined ↓", right=True),
        Column(_tr("Matches"), _tr("How many groups were formed"), lambda run: str(run.matches),
               lambda run: run.matches, "Matches ↓", right=True),
        Column(_tr("Rejected"), _tr("Probes whose RTT was over the limit, of all probes"),
               lambda run: share_text(run.rejected_share), lambda run: run.rejected_share, "Rejected ↓", right=True),
        Column(_tr("Failed"), _tr("Probes that came to no measurement, of all probes"),
               lambda run: share_text(run.failed_share), lambda run: run.failed_share, "Failed ↓", right=True),
        Column(_tr("Matched in"), _tr("Median of the waits that ended in a match"),
               lambda run: seconds_text(run.waited_s_median), lambda run: run.waited_s_median, "Matched in ↓",
               right=True),
        Column(_tr("Matched p95"), _tr("95 of 100 waits that ended in a match were no longer"),
               lambda run: seconds_text(run.waited_s_p95), lambda run: run.waited_s_p95, "Matched p95 ↓", right=True),
        Column(_tr("P2P RTT"), _tr("Median round-trip time of all completed probes, accepted or not"),
               lambda run: words.ms(run.p2p_rtt_ms_median), lambda run: run.p2p_rtt_ms_median, "P2P RTT ↓", right=True),
        Column(_tr("Limits"), _tr("The RTT limits in force, in ms, one after the other"),
               lambda run: thresholds_text(run.thresholds) if run.thresholds else "",
               lambda run: [60_001 if limit is None else limit for limit in run.thresholds] or None, "150 → 120 → 170"),
        Column(_tr("People"), _tr("Whether people took part, only bots or simulated participants, or both"),
               lambda run: people[run.people], lambda run: people[run.people], "simulated m"),
        Column(_tr("Tags · note"), _tr("What was written about it afterwards, kept beside the run"), _remarks,
               lambda run: _remarks(run).casefold() or None, "pilot, room 4 m"),
        Column(_tr("Size"), _tr("What the run takes on the disk"), lambda run: size_text(run.size_bytes),
               lambda run: run.size_bytes, "000 MB", right=True),
    )  # fmt: skip


def _remarks(run: RunLine) -> str:
    return " · ".join(words.plain(part) for part in (", ".join(run.tags), run.note) if part)


def found_in(run: RunLine) -> str:
    """Everything of a run that a filter's words may stand in."""
    parts = (
        run.run_id,
        run.experiment,
        *run.tags,
        run.note,
        *run.problems,
        words.local_minute(run.started_at),
        run.path,
    )
    return " ".join(parts).casefold()


def _tr(text: str) -> str:
    return QCoreApplication.translate("RunsColumns", text)
