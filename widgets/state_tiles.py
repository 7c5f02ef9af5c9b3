"""How many people are in each state, in a row.

Owns the words for each state. Must not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtWidgets import QHBoxLayout

from widgets.palette import STATE_MARKS
from widgets.parts.notes import NumberTile

_COUNTED: Final = ("page", "waiting", "probing", "playing", "done", "gone", "away")


class StateTiles(QHBoxLayout):
    """`tiles` by state."""

    def __init__(self) -> None:
        super().__init__()
        self.setSpacing(18)
        self.tiles = {state: self._tile(state) for state in _COUNTED}
        for tile in self.tiles.values():
            self.addWidget(tile)

    def put(self, counts: Mapping[str, int]) -> None:
        """Show these numbers."""
        for state, number in counts.items():
            self.tiles[state].set_value(number)

    def lengths(self) -> tuple[int, ...]:
        """How many digits each has."""
        return tuple(len(str(tile.value())) for tile in self.tiles.values())

    def _tile(self, state: str) -> NumberTile:
        label, tooltip = {
            "page": (self.tr("on a page"), self.tr("Reading or filling in a page")),
            "waiting": (self.tr("waiting"), self.tr("In the waitroom, not being measured")),
            "probing": (self.tr("probing"), self.tr("In the waitroom, being measured with somebody")),
            "playing": (self.tr("playing"), self.tr("In a game")),
            "done": (self.tr("done"), self.tr("Went through every scene")),
            "gone": (self.tr("gone"), self.tr("Left before the end")),
            "away": (self.tr("away"), self.tr("Connection lost, place kept; also counted under what they were doing")),
        }[state]
        return NumberTile(STATE_MARKS[state], state, label, tooltip)
