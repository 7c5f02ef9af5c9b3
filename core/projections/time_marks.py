"""What is marked on the time axis of a run: notes of the operator, alerts, and where another engine went on with it.

Owns the list. Must not say which alerts are still open (alerts.py does).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from core import events as ev
from core.projections import words
from core.projections.base import Projection


class TimeMark(msgspec.Struct, frozen=True):
    """One mark, with its words; `elapsed_s` as in the log."""

    elapsed_s: float
    kind: Literal["note", "alert"]
    text: str


class TimeMarks(Projection):
    """`marks`, oldest first."""

    GROWING = ("marks",)

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[TimeMark] = []

    def on_run_resumed(self, event: ev.RunResumed) -> None:
        """For a while there was no engine."""
        self.marks.append(
            TimeMark(event.elapsed_s, "alert", f"The run was taken up again {words.resumed(event.away_s)}")
        )

    def on_note_added(self, event: ev.NoteAdded) -> None:
        """A note, and whose."""
        by = f" ({words.name(event.by)})" if event.by else ""
        self.marks.append(TimeMark(event.elapsed_s, "note", f"Note{by}: {words.plain(event.text)}"))

    def on_alert_raised(self, event: ev.AlertRaised) -> None:
        """Something needed the operator."""
        self.marks.append(TimeMark(event.elapsed_s, "alert", f"Alert: {words.plain(event.text or event.alert)}"))
