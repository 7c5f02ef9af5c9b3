"""What every panel is: a widget that pulls from projections when told the time.

Owns deciding whether there is anything to redraw. Must not own a timer: one ticker serves all.
"""

from __future__ import annotations

from typing import ClassVar, Final

from PySide6.QtWidgets import QFrame, QWidget

from core.projections.base import Projection

TIME_STEP_S: Final = 0.25


class Panel(QFrame):
    """Subclasses give `projections` to the constructor and write `refresh`.

    `wants_time` is for panels that show time passing, and so are refreshed every `TIME_STEP_S` even if nothing
    happened.
    """

    title: ClassVar[str] = ""
    wants_time: ClassVar[bool] = False

    def __init__(self, *projections: Projection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._projections = projections
        self._drawn_version = -1
        self._drawn_jumps = 0
        self._drawn_s = 0.0

    def pull(self, now_elapsed_s: float) -> None:
        """Refresh if it is seen and there is something new; `now_elapsed_s` is seconds since the run started."""
        if not self.isVisible():
            return
        jumps = sum(projection.jumps for projection in self._projections)
        if jumps != self._drawn_jumps:
            self._drawn_jumps = jumps
            self.start_anew()
        version = sum(projection.version for projection in self._projections)
        is_late = self.wants_time and abs(now_elapsed_s - self._drawn_s) >= TIME_STEP_S
        if version != self._drawn_version or is_late:
            self._drawn_version, self._drawn_s = version, now_elapsed_s
            self.refresh(now_elapsed_s)

    def refresh(self, now_elapsed_s: float) -> None:
        """Draw what the projections say."""
        raise NotImplementedError

    def start_anew(self) -> None:
        """Another moment of the run was gone to, perhaps an earlier one: forget what was drawn bit by bit."""

    def note(self) -> str:
        """A few words for beside the title; empty if there is nothing to add."""
        return ""

    def title_legend(self) -> QWidget | None:
        """What its marks mean, for beside the title in place of the note; such a panel shows the note itself."""
        return None

    def key_help(self) -> list[tuple[str, str]]:
        """Keys it answers besides those of its actions and shortcuts, with what they do, for the shortcut sheet."""
        return []
