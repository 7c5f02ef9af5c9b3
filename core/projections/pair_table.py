"""The last that was recorded of each two people, as columns: for who looks at all pairs at once.

Owns the columns and the evidence behind each pair. Must not know who waits, nor judge (core/analysis/pair_matrix.py
does). What a single pair's record means for the two is in pairs.py, which folds the same events.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Any, Final, Self

from core import events as ev
from core.projections.base import Mark, Projection, Undo
from core.projections.kept import KeptEvents

MEASURED: Final = 0
SLOW: Final = 1
UNREACHABLE: Final = 2
TIMEOUT: Final = 3
LEFT: Final = 4
_REASONS: Final = {"slow": SLOW, "unreachable": UNREACHABLE, "timeout": TIMEOUT, "left": LEFT}


class PairTable(Projection):
    """One row a pair, in columns of equal length; readers take copies, never views.

    `first` and `second` are the two people's numbers (`number_of`), the lower first; `rtt_ms` is nan if the last try
    measured nothing; `reason` is MEASURED or the rejection's; `limit_ms` is the limit in force then (nan: none);
    `until_s` (`elapsed_s`) is how long it counts; `evidence` gives the last probe's event. Somebody who comes back
    after having gone gets another number, so that nothing old counts against them.
    """

    GROWING = ("first", "second", "rtt_ms", "reason", "limit_ms", "until_s", "_places")
    SHARED = ("_row_of",)
    UNDONE = ("rows",)

    def __init__(self, kept: KeptEvents | None = None) -> None:
        super().__init__()
        self._kept = kept or KeptEvents()
        self.number_of: dict[str, int] = {}
        self.people = 0
        self.first = array("i")
        self.second = array("i")
        self.rtt_ms = array("d")
        self.reason = array("b")
        self.limit_ms = array("d")
        self.until_s = array("d")
        self._places = array("q")  # of the last probe's event; -1: none
        self._row_of: dict[tuple[int, int], int] = {}
        self._marked_rows = 0  # that were there at the last mark
        self._fresh_s = 0.0

    def __len__(self) -> int:
        return len(self.first)

    def row_of(self, a: str, b: str) -> int | None:
        """The row of two people; None if nothing was recorded of them."""
        numbers = self.number_of.get(a), self.number_of.get(b)
        if numbers[0] is None or numbers[1] is None:
            return None
        row = self._row_of.get((min(numbers), max(numbers)))  # type: ignore[type-var,arg-type]
        return None if row is None or row >= len(self.first) else row

    def evidence(self, row: int) -> ev.ProbeCompleted | ev.ProbeFailed | None:
        """The last probe of a pair; None if there was none, or it cannot be read any more."""
        event = self._kept.get(self._places[row]) if self._places[row] >= 0 else None
        return event if isinstance(event, ev.ProbeCompleted | ev.ProbeFailed) else None

    def mark(self) -> Mark:
        """Rows that are there now are noted when they change."""
        mark = super().mark()
        self._marked_rows = len(self.first)
        return mark

    def _undone(self, later: Self, mark: Mark, undo: Sequence[Undo]) -> None:
        super()._undone(later, mark, undo)
        for step in undo:
            for row, values in step["rows"].items():
                if row < len(self.first):
                    for column, value in zip(self._columns(), values, strict=True):
                        column[row] = value

    def _columns(self) -> tuple[array[Any], ...]:
        """Those in which a row changes."""
        return self.rtt_ms, self.reason, self.limit_ms, self.until_s, self._places

    def on_run_started(self, event: ev.RunStarted) -> None:
        """For how long a measurement counts."""
        self._fresh_s = event.measured_fresh_s

    def on_probe_completed(self, event: ev.ProbeCompleted) -> None:
        """A measurement; a rejection that follows says how long it counts."""
        row = self._row(event.subject_a, event.subject_b)
        self._places[row] = self._kept.keep(event)
        self._note(row, event.rtt_ms, MEASURED, event.max_p2p_rtt_ms, event.elapsed_s + self._fresh_s)

    def on_probe_failed(self, event: ev.ProbeFailed) -> None:
        """No measurement; what follows from it stands in the rejection."""
        self._places[self._row(event.subject_a, event.subject_b)] = self._kept.keep(event)

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """The worst pair is not tried again for a while."""
        if len(event.worst) != 2:
            return
        a, b = event.worst
        if a in self.number_of and b in self.number_of:
            until_s = event.elapsed_s + (event.retry_after_s or 0.0)
            row = self._row(a, b)
            self._note(row, event.rtt_ms, _REASONS.get(event.reason, MEASURED), event.max_p2p_rtt_ms, until_s)

    def on_participant_left(self, event: ev.ParticipantLeft) -> None:
        """Gone: their pairs are of no interest any more."""
        self.number_of.pop(event.subject_id, None)

    def on_participant_finished(self, event: ev.ParticipantFinished) -> None:
        """As gone."""
        self.number_of.pop(event.subject_id, None)

    def _note(self, row: int, rtt_ms: float | None, reason: int, limit_ms: int | None, until_s: float) -> None:
        self.rtt_ms[row] = math.nan if rtt_ms is None else rtt_ms
        self.reason[row] = reason
        self.limit_ms[row] = math.nan if limit_ms is None else limit_ms
        self.until_s[row] = until_s

    def _row(self, a: str, b: str) -> int:
        one = self.number_of.get(a)
        if one is None:
            one = self._new_number(a)
        other = self.number_of.get(b)
        if other is None:
            other = self._new_number(b)
        key = (one, other) if one < other else (other, one)
        row = self._row_of.get(key)
        if row is None or row >= len(self.first):
            row = self._row_of[key] = len(self.first)
            self.first.append(key[0])
            self.second.append(key[1])
            for column in (self.rtt_ms, self.limit_ms):
                column.append(math.nan)
            self.reason.append(MEASURED)
            self.until_s.append(0.0)
            self._places.append(-1)
        elif self._undo is not None and row < self._marked_rows and row not in self._undo["rows"]:
            self._undo["rows"][row] = tuple(column[row] for column in self._columns())
        return row

    def _new_number(self, subject_id: str) -> int:
        number = self.number_of[subject_id] = self.people
        self.people += 1
        return number
