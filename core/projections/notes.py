"""What the operator noted, and when.

Owns the list of notes. Must not word anything: a note stands as it was written.
"""

from __future__ import annotations

from core import events as ev
from core.projections.base import Projection


class NotesProjection(Projection):
    """`marks` are `(elapsed_s, text, by)`, oldest first; the text is as the operator wrote it, any length or script."""

    GROWING = ("marks",)

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[tuple[float, str, str]] = []

    def on_note_added(self, event: ev.NoteAdded) -> None:
        """One more."""
        self.marks.append((event.elapsed_s, event.text, event.by))
