"""The run as sentences, for people to read as it happens.

Owns which events are told and how many. Must not word any before it is read (activity_words.py does), nor grow by more
than a number for each.
"""

from __future__ import annotations

from array import array
from typing import Final

from core import events as ev
from core.projections.activity_words import ActivityEntry, ActivityWords
from core.projections.base import Block, Folds, Projection
from core.projections.kept import KeptEvents

KEPT: Final = 2_000


class ActivityProjection(Projection):
    """`total` counts all there ever were, of which the newest `KEPT` are shown: those from `first` on."""

    GROWING = ("_places",)

    def __init__(self, kept: KeptEvents | None = None) -> None:
        super().__init__()
        self._kept = kept or KeptEvents()
        self._places = array("q")

    @property
    def total(self) -> int:
        """How many sentences there are."""
        return len(self._places)

    @property
    def first(self) -> int:
        """The number of the oldest that is shown."""
        return max(0, len(self._places) - KEPT)

    @property
    def entries(self) -> list[ActivityEntry]:
        """All that are shown, oldest first, worded; who shows but some asks for each (`entry`)."""
        return [self.entry(number) for number in range(self.first, self.total)]

    def entry(self, number: int) -> ActivityEntry:
        """One sentence, by its number from 0 on."""
        event = self._kept.get(self._places[number]) if number < self.total else None
        if event is None:
            return ActivityEntry(0, 0.0, 0.0, "warning", "This line of the log cannot be read any more")
        teller = ActivityWords()
        teller.apply(event)
        return teller.said

    def fold_block(self, block: Block, folds: Folds) -> None:
        """All at once: only their places are kept."""
        numbers, first = block.numbers_of(folds), block.first
        self._places.fromlist([first + number for number in numbers])
        self.version += len(numbers)

    def _note(self, event: ev.Event) -> None:
        self._places.append(self._kept.keep(event))

    _folds = dict.fromkeys(ActivityWords._folds, _note)
