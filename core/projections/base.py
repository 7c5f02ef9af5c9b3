"""What every projection is: a fold of events with a version that moves when there is something new to draw.

Owns the dispatch from an event to the method that folds it, and how a projection of a recorded run goes to another
moment (`mark`, `go_to`). Must not read files, know of live or recorded, or call back.

Going to a moment must cost milliseconds in a run of any length, so a mark holds only what is not found elsewhere: what
is only ever added to (`GROWING`) is cut from the fold of the whole log, an index over the log (`SHARED`) is used as it
is, of what is kept for each person (`TABLES`) a mark has those who did something since the mark before it, and only the
rest, which is small, is copied whole. From some tables people go (`LEAVING`): of these a mark says that, too. What is
kept of people is the mark's own after going there; before somebody's next event is folded it is copied (`own`).
"""

from __future__ import annotations

import copy
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Self

from core.events import EVENT_TYPES, Event

_CONTAINERS = (list, dict, set, deque, array)
_PLAIN = (bool, int, float, str, tuple)


class Mark(NamedTuple):
    """What one projection needs, with the marks before it, to be again as it was."""

    lengths: dict[str, int]
    tables: dict[str, dict[str, Any]]  # a value of None: nothing is kept of them (any more)
    rest: dict[str, Any]

    def then(self, later: Mark) -> Mark:
        """One mark in the place of this and the next."""
        tables = {name: {**table, **later.tables[name]} for name, table in self.tables.items()}
        return Mark(later.lengths, tables, later.rest)


class Projection:
    """Answers one question about a run. A method `on_<event_type>(event)` folds that type; every other is ignored.

    `version` counts the events folded: a panel redraws when it differs from the one it drew last. `jumps` counts how
    often another moment was gone to: a panel that draws only what is new begins anew. A subclass's other lists, dicts
    and sets (neither `GROWING` nor `SHARED` nor of `TABLES`) must hold values that are replaced, not changed.
    """

    GROWING: ClassVar[tuple[str, ...]] = ()
    SHARED: ClassVar[tuple[str, ...]] = ()
    TABLES: ClassVar[tuple[str, ...]] = ()
    LEAVING: ClassVar[tuple[str, ...]] = ()

    _folds: ClassVar[dict[type[Event], Callable[[Any, Any], None]]] = {}

    def __init__(self) -> None:
        self.version = 0
        self.jumps = 0

    def __init_subclass__(cls) -> None:
        """Collect the `on_…` methods once; a name that is no event type is an error at import, not a silent gap."""
        super().__init_subclass__()
        folds = dict(cls._folds)
        for name, method in vars(cls).items():
            if name.startswith("on_"):
                folds[EVENT_TYPES[name[3:]]] = method
        cls._folds = folds

    def takes(self, event_type: type[Event]) -> bool:
        """Whether an event of this type can change anything here."""
        return event_type in self._folds or type(self).apply is not Projection.apply

    def folds_of(self, event_type: type[Event]) -> Callable[[Any], None] | None:
        """What folds an event of this type, for who counts `version` on their own; None: nothing does."""
        fold = self._folds.get(event_type)
        return None if fold is None else fold.__get__(self)

    def apply(self, event: Event) -> None:
        """Fold one event."""
        fold = self._folds.get(type(event))
        if fold is not None:
            fold(self, event)
            self.version += 1

    def replay(self, events: Iterable[Event]) -> None:
        """Fold many, in order."""
        for event in events:
            self.apply(event)

    # --- other moments ------------------------------------------------------------------------------------------------

    def mark(self, touched: Iterable[str]) -> Mark:
        """What it takes to be here again; `touched`: who was named by an event since the mark before, in order."""
        tables = {name: _versions(table, touched, name in self.LEAVING) for name, table in self._tables().items()}
        lengths = {name: len(getattr(self, name)) for name in self.GROWING}
        apart = {"version", "jumps", *self.GROWING, *self.SHARED, *self.TABLES}
        return Mark(lengths, tables, {name: _copied(value) for name, value in vars(self).items() if name not in apart})

    def go_to(self, later: Self, marks: Sequence[Mark]) -> None:
        """Be as at the last of `marks`, which are all from the first on; `later` is the same fold further on."""
        mark = marks[-1]
        for name, value in mark.rest.items():
            setattr(self, name, _copied(value))
        for name in self.SHARED:
            setattr(self, name, getattr(later, name))
        for name, length in mark.lengths.items():
            setattr(self, name, getattr(later, name)[:length])
        tables = {name: _newest(name, marks) for name in mark.tables}
        for name in self.LEAVING:
            tables[name] = {key: value for key, value in tables[name].items() if value is not None}
        self._take_tables(tables)
        self.jumped()

    def own(self, touched: Iterable[str]) -> None:
        """These are named by events that are folded next, for the first time since a mark was gone to."""
        for table in self._tables().values():
            if table and not isinstance(next(iter(table.values())), _PLAIN):
                table.update({key: table[key].__copy__() for key in touched if key in table})

    def be(self, other: Self) -> None:
        """Take over all that another fold of the same log holds; `other` is of no use any more."""
        counted = self.version, self.jumps
        vars(self).update(vars(other))
        self.version, self.jumps = counted
        self.jumped()

    def jumped(self) -> None:
        """This is another moment."""
        self.version += 1
        self.jumps += 1

    def _tables(self) -> Mapping[str, dict[str, Any]]:
        return {name: getattr(self, name) for name in self.TABLES}

    def _take_tables(self, tables: Mapping[str, dict[str, Any]]) -> None:
        for name, table in tables.items():
            setattr(self, name, table)


def _copied(value: Any) -> Any:
    return copy.copy(value) if isinstance(value, _CONTAINERS) else value


def _versions(table: Mapping[str, Any], touched: Iterable[str], leaving: bool) -> dict[str, Any]:
    here = _copies({key: table[key] for key in touched if key in table})
    return here | {key: None for key in touched if key not in table} if leaving else here


def _newest(name: str, marks: Sequence[Mark]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for mark in marks:
        merged.update(mark.tables[name])
    return merged


def _copies(table: dict[str, Any]) -> dict[str, Any]:
    """Of thousands of values: asking `copy.copy` for each takes five times as long."""
    if not table or isinstance(next(iter(table.values())), _PLAIN):
        return table
    return {key: value.__copy__() for key, value in table.items()}
