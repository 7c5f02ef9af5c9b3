"""What every projection is: a fold of events with a version that moves when there is something new to draw.

Owns the dispatch from an event to the method that folds it, and how a projection of a recorded run goes to another
moment (`mark`, `go_to`). Must not read files, know of live or recorded, or call back.

Going to a moment must cost milliseconds in a run of any length, so a mark holds only what the fold of the whole log,
which is at hand, does not tell: what is only ever added to (`GROWING`) is cut from there, an index over the log
(`SHARED`) is used as it is, and what is kept for each person (`TABLES`) is taken from there, too, but for those of whom
it changed after the mark. Of these the marks after it have what was kept of them before (`undo`): most people come and
go between two marks, and of them nothing is held. From some tables people go (`LEAVING`): of these a mark has those of
whom it changed since the mark before it. Only the rest, which is small, is copied whole.
"""

from __future__ import annotations

import copy
from array import array
from collections import deque
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from itertools import chain, islice
from operator import attrgetter
from typing import Any, ClassVar, NamedTuple, Self

from core.events import EVENT_TYPES, Event
from core.projections.kept import KeptEvents

_CONTAINERS = (list, dict, set, deque, array)
_PLAIN = (bool, int, float, str, tuple)
_ONE, _BOTH, _SEVERAL = attrgetter("subject_id"), attrgetter("subject_a", "subject_b"), attrgetter("subjects")

Undo = dict[str, dict[Any, Any]]
Folds = Mapping[type[Event], Callable[[Any], None]]
UNFOLDABLE = (LookupError, ValueError, TypeError, AttributeError)  # what an event raises that does not fit


class Block:
    """Events that are folded together, one projection after the other: what all of them ask is gathered once.

    `of_kind` are the numbers in `events` of those of each type, in order; `kept` finds each by its number and `first`,
    the place of the first; `failed` takes those that could not be folded, by place.
    """

    __slots__ = ("_people", "events", "failed", "first", "kept", "of_kind")

    def __init__(self, events: Sequence[Event], first: int, kept: KeptEvents) -> None:
        self.events, self.first, self.kept = events, first, kept
        self.of_kind: dict[type[Event], list[int]] = {}
        for number, kind in enumerate(map(type, events)):
            try:
                self.of_kind[kind].append(number)
            except KeyError:
                self.of_kind[kind] = [number]
        self.failed: dict[int, tuple[Event, Exception]] = {}
        self._people: frozenset[str] | None = None

    def numbers_of(self, kinds: Container[type[Event]]) -> list[int]:
        """Which are of these types, in order."""
        return sorted(chain.from_iterable([numbers for kind, numbers in self.of_kind.items() if kind in kinds]))

    def last_of(self, kinds: Container[type[Event]]) -> dict[str, int]:
        """Of each person, the number of the last that is of these types, of which each concerns one person."""
        numbers = self.numbers_of(kinds)
        return dict(zip(map(_ONE, map(self.events.__getitem__, numbers)), numbers, strict=True))

    @property
    def people(self) -> frozenset[str]:
        """Whom the events name, in whatever they say of people one by one or by twos or more."""
        if self._people is None:
            named = [_named_in(kind, map(self.events.__getitem__, numbers)) for kind, numbers in self.of_kind.items()]
            self._people = frozenset(chain.from_iterable(named))
        return self._people


def _named_in(kind: type[Event], events: Iterable[Any]) -> Iterable[str]:
    fields = kind.__struct_fields__
    if "subject_a" in fields:
        return chain.from_iterable(map(_BOTH, events))
    if "subjects" in fields:
        return chain.from_iterable(map(_SEVERAL, events))
    return filter(None, map(_ONE, events)) if "subject_id" in fields else ()


class Mark(NamedTuple):
    """What one projection needs, with the marks before and after it, to be again as it was."""

    lengths: dict[str, int]
    undo: dict[str, dict[Any, Any]]  # as it was at the mark before; a value of None: it was not there
    leaving: dict[str, dict[str, Any]]  # as it is; a value of None: nothing is kept of them any more
    rest: dict[str, Any]

    def then(self, later: Mark) -> Mark:
        """One mark in the place of this and the next."""
        undo = {name: {**later.undo[name], **found} for name, found in self.undo.items()}
        leaving = {name: {**found, **later.leaving[name]} for name, found in self.leaving.items()}
        return Mark(later.lengths, undo, leaving, later.rest)


class Projection:
    """Answers one question about a run. A method `on_<event_type>(event)` folds that type; every other is ignored.

    `version` counts the events folded: a panel redraws when it differs from the one it drew last. `jumps` counts how
    often another moment was gone to: a panel that draws only what is new begins anew. A subclass's other lists, dicts
    and sets (of none of the kinds below) must hold values that are replaced, not changed.
    """

    GROWING: ClassVar[tuple[str, ...]] = ()
    SHARED: ClassVar[tuple[str, ...]] = ()
    TABLES: ClassVar[tuple[str, ...]] = ()
    LEAVING: ClassVar[tuple[str, ...]] = ()
    UNDONE: ClassVar[tuple[str, ...]] = ()  # what else a subclass notes in `_undo`
    asleep: ClassVar[bool] = False  # whether nothing is held here yet
    caught_up: int = 100  # percent of what is to be folded before it wakes

    _folds: ClassVar[dict[type[Event], Callable[[Any, Any], None]]] = {}

    def __init__(self) -> None:
        self.version = 0
        self.jumps = 0
        self._undo: Undo | None = None  # how to be as at the last mark again; None before the first
        # Of whom what is kept is seen nowhere else since the last mark or jump: it may be changed. None: of everybody.
        self._owned: set[str] | None = None

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

    def fold_block(self, block: Block, folds: Folds) -> None:
        """Fold those of a block that concern this, by `folds`: this projection's own, by type."""
        kept, events, first = block.kept, block.events, block.first
        numbers = block.numbers_of(folds)
        for number in numbers:
            event = events[number]
            kept.place = first + number
            try:
                folds[type(event)](event)
            except UNFOLDABLE as error:
                block.failed.setdefault(first + number, (event, error))
        self.version += len(numbers)

    def replay(self, events: Iterable[Event]) -> None:
        """Fold many, in order."""
        for event in events:
            self.apply(event)

    # --- other moments ------------------------------------------------------------------------------------------------

    def mark(self) -> Mark:
        """What it takes to be here again."""
        lengths = {name: len(getattr(self, name)) for name in self.GROWING}
        lengths |= {name: len(table) for name, table in self._tables().items()}
        leaving = {name: _versions(getattr(self, name), self._owned or ()) for name in self.LEAVING}
        undo, self._undo = self._undo, self._nothing_undone()
        self._owned = set()
        rest = {name: _copied(getattr(self, name)) for name in _rest_of(type(self))}
        return Mark(lengths, undo or self._nothing_undone(), leaving, rest)

    def _touch(self, subject_id: str) -> None:
        """To be called before anything changes that is kept of somebody in one of the `TABLES` or `LEAVING`: a mark, or
        another moment, goes on with what was there.
        """
        owned = self._owned
        if owned is not None and subject_id not in owned:
            owned.add(subject_id)
            self._own(subject_id)

    def _touch_all(self, block: Block) -> None:
        """The same of everybody whom a block's events name."""
        if self._owned is not None:
            for subject_id in block.people - self._owned:
                self._touch(subject_id)

    def _own(self, subject_id: str) -> None:
        for name in self.TABLES:
            self._own_in(name, getattr(self, name), subject_id)

    def _own_in(self, name: str, table: dict[str, Any], subject_id: str) -> None:
        value = table.get(subject_id)
        if value is not None:
            if self._undo is not None:
                self._undo[name].setdefault(subject_id, value)
            if not isinstance(value, _PLAIN):
                table[subject_id] = value.__copy__()

    def go_to(self, later: Self, marks: Sequence[Mark], number: int) -> None:
        """Be as at the mark of this number; `later`, of which all these marks were made, is further on."""
        if self.asleep:
            del self._waken, self.caught_up
            self.__class__ = type(later)
        mark = marks[number]
        for name, value in mark.rest.items():
            setattr(self, name, _copied(value))
        for name in self.SHARED:
            setattr(self, name, getattr(later, name))
        for name in self.GROWING:
            setattr(self, name, getattr(later, name)[: mark.lengths[name]])
        for name in self.LEAVING:
            setattr(self, name, _left(mark.leaving[name] for mark in marks[: number + 1]))
        self._undo, self._owned = None, set()
        self._undone(later, mark, [later._undo or self._nothing_undone(), *(m.undo for m in marks[:number:-1])])
        self.jumped()

    def _undone(self, later: Self, mark: Mark, undo: Sequence[Undo]) -> None:
        """Take from `later` what is undone step by step, the newest first."""
        self._take_tables({name: _as_at(mark, name, table, undo) for name, table in later._tables().items()})

    def _nothing_undone(self) -> Undo:
        return {name: {} for name in (*self.TABLES, *self.UNDONE)}

    def be(self, other: Self) -> None:
        """Take over all that another fold of the same log holds; `other` is of no use any more."""
        counted = self.version, self.jumps
        vars(self).clear()
        vars(self).update(vars(other))
        self.__class__ = type(other)
        self.version, self.jumps = counted
        self.jumped()

    # --- asleep -------------------------------------------------------------------------------------------------------

    def sleep(self, waken: Callable[[], None]) -> None:
        """Hold nothing until somebody asks for anything but `version`, `jumps`, `asleep` and `caught_up`. Then `waken`
        is called, which has to make this `be` what a fold of the same log holds. That takes seconds for a long log:
        who draws looks whether it is asleep, and waits.
        """
        counted = self.version, self.jumps
        vars(self).clear()
        self.version, self.jumps = counted
        self._waken, self.caught_up = waken, 0
        self.__class__ = _asleep(type(self))

    def catches_up(self, percent: int) -> None:
        """So much of it is folded elsewhere."""
        if self.asleep and percent != self.caught_up:
            self.caught_up = percent
            self.version += 1

    def wake(self) -> None:
        """As if somebody had asked."""
        if self.asleep:
            self._waken()

    def jumped(self) -> None:
        """This is another moment."""
        self.version += 1
        self.jumps += 1

    def _tables(self) -> dict[str, dict[str, Any]]:
        return {name: getattr(self, name) for name in self.TABLES}

    def _take_tables(self, tables: Mapping[str, dict[str, Any]]) -> None:
        for name, table in tables.items():
            setattr(self, name, table)


_ASLEEP: dict[type[Projection], type[Projection]] = {}
_REST: dict[type[Projection], tuple[str, ...]] = {}


def _asleep(kind: type[Projection]) -> type[Projection]:
    """Of this kind, but asleep. A class of its own: where a class has a `__getattr__`, every attribute takes longer."""

    def ask(self: Projection, name: str) -> Any:
        self._waken()
        return getattr(self, name)

    if kind not in _ASLEEP:
        _ASLEEP[kind] = type(kind.__name__, (kind,), {"__getattr__": ask, "asleep": True})
    return _ASLEEP[kind]


def _rest_of(kind: type[Projection]) -> tuple[str, ...]:
    """What a mark copies whole. The names are those of a new one: whoever asks an object for its `vars` makes a dict of
    them, and every attribute takes longer from then on.
    """
    if kind not in _REST:
        apart = {"version", "jumps", "_undo", "_owned"}
        apart |= {*kind.GROWING, *kind.SHARED, *kind.TABLES, *kind.LEAVING}
        _REST[kind] = tuple(name for name in vars(kind()) if name not in apart)
    return _REST[kind]


def _copied(value: Any) -> Any:
    return copy.copy(value) if isinstance(value, _CONTAINERS) else value


def _as_at(mark: Mark, name: str, table: Mapping[str, Any], undo: Sequence[Undo]) -> dict[str, Any]:
    """People are never taken out: those who were there are the first."""
    there = dict(islice(table.items(), mark.lengths[name]))
    for step in undo:
        there.update({key: value for key, value in step[name].items() if key in there})
    return there


def _versions(table: Mapping[str, Any], touched: Iterable[str]) -> dict[str, Any]:
    here = _copies({key: table[key] for key in touched if key in table})
    return here | {key: None for key in touched if key not in table}


def _left(versions: Iterable[dict[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for version in versions:
        merged.update(version)
    return _copies({key: value for key, value in merged.items() if value is not None})


def _copies(table: dict[str, Any]) -> dict[str, Any]:
    """Of thousands of values: asking `copy.copy` for each takes five times as long."""
    if not table or isinstance(next(iter(table.values())), _PLAIN):
        return table
    return {key: value.__copy__() for key, value in table.items()}
