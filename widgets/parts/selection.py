"""Who is chosen in a window: one person or nobody, the same in every panel.

Owns that one name. Must not know who is in the run, nor draw: each panel marks the person in what it shows, and asks
for `choose` when somebody is clicked or entered.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Selection(QObject):
    """`changed(subject_id or None)` comes once for each change, not for choosing the same person again; so a panel may
    follow `changed` and call `choose` without going round in circles.
    """

    changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.subject_id: str | None = None

    def choose(self, subject_id: str | None) -> None:
        """This person from now on; None or "": nobody."""
        chosen = subject_id or None
        if chosen != self.subject_id:
            self.subject_id = chosen
            self.changed.emit(chosen)
