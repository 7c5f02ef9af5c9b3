"""What the experiment page is told and what it says: settings as data, what a text reads as, edits that are wanted.

Owns these plain values, so that the page knows no setting by name. Must not read or judge anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Place = tuple[str | int, ...]
"""Where in the file: names and positions from the top, as in `("scenes", 1, "duration_s")`."""

Kind = Literal["line", "lines", "number", "choice", "addresses", "group"]
Level = Literal["pending", "fine", "beware", "stop"]


class _Missing:
    """For a setting that the file does not have."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


@dataclass(frozen=True)
class Setting:
    """One setting: `name` in the file, `title` for people. `default` is MISSING for one that must be given.

    `choices` are the values to choose from, for the kind "choice"; `none` are the words for null, if it may be that.
    """

    name: str
    title: str
    kind: Kind
    help: str = ""
    allowed: str = ""
    default: Any = MISSING
    choices: tuple[Any, ...] = ()
    none: str = ""


@dataclass(frozen=True)
class CardKind:
    """One kind of entry in a list: `tag` is the value of `tag_name` in the file, both "" if there is one kind only."""

    tag: str
    title: str
    help: str
    settings: tuple[Setting, ...]
    new: Mapping[str, Any]


@dataclass(frozen=True)
class CardList:
    """A list of entries, shown as cards. In `new`, names in `unique` get a number where they are taken."""

    place: Place
    title: str
    tag_name: str
    kinds: tuple[CardKind, ...]
    unique: str = ""


@dataclass(frozen=True)
class Section:
    """Settings that stand together; `place` is the group's in the file, `()` for its top."""

    place: Place
    title: str
    help: str
    settings: tuple[Setting, ...]
    cards: CardList | None = None


@dataclass(frozen=True)
class Fault:
    """What is wrong at `place`, which stands in `line` (from 1)."""

    place: Place
    line: int
    sentence: str


@dataclass(frozen=True)
class Reading:
    """What a text reads as. `values` None: it is no group of settings at all; `lines`: where each place stands."""

    values: Mapping[str, Any] | None
    faults: tuple[Fault, ...] = ()
    lines: Mapping[Place, int] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class Edit:
    """One change: "set" (value) or "remove" the setting at `place`; "insert" value into, or "move" within, a list."""

    act: Literal["set", "remove", "insert", "move"]
    place: Place
    value: Any = None
    index: int = 0
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class File:
    """The file that is open. `bundled`: it comes with the program and is not written; `title` is what to call it."""

    title: str
    path: str
    bundled: bool = False


@dataclass(frozen=True)
class CheckLine:
    """One thing that was, or is to be, looked at."""

    name: str
    title: str
    level: Level = "pending"
    sentence: str = ""
    advice: str = ""


def value_at(values: Any, place: Place) -> Any:
    """The value there, or MISSING."""
    for step in place:
        if isinstance(values, Mapping):
            values = values.get(str(step), MISSING)
        elif isinstance(values, list) and isinstance(step, int) and step < len(values):
            values = values[step]
        else:
            return MISSING
    return values
