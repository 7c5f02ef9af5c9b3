"""Privacy mode: a run as somebody may see it over the operator's shoulder, with pseudonyms for people and without what
anybody wrote.

Owns which fields of an event name people and which hold somebody's own words. Lies before the projections, so that all
that is folded and shown is veiled, and no panel can forget to. Must not be used where the log is written or analysed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal, get_origin

import msgspec

from core import events as ev

HIDDEN: Final = "(hidden)"
# Fields that hold a participant's id, alone, in a list or as keys; then those that hold words somebody chose, among
# which a name may be; then those with sentences of the engine's own, in which people may be named.
PEOPLE: Final = frozenset((
    "subject_id", "subject_a", "subject_b", "subjects", "worst", "silent", "partners_wanted", "rests_s", "subject_ids",
))  # fmt: skip
NESTED: Final = frozenset(("peers", "participants"))
OWN_WORDS: Final = frozenset(("text", "reason", "error", "data", "record_id", "user_agent", "completion_code"))
SENTENCES: Final = frozenset(("text",))
_OF_THE_ENGINE: Final = (ev.AlertRaised, ev.AlertCleared)


class Veil:
    """Gives each participant a pseudonym, by order of arrival: `Person 01`, `Person 02`, … The same log gives the same
    ones each time.
    """

    def __init__(self) -> None:
        self._pseudonyms: dict[str, str] = {}
        self._people: dict[str, str] = {}

    def name(self, subject_id: str) -> str:
        """Their pseudonym; whoever is met for the first time gets the next."""
        pseudonym = self._pseudonyms.get(subject_id)
        if pseudonym is None:
            pseudonym = f"Person {len(self._pseudonyms) + 1:02d}"
            self._pseudonyms[subject_id] = pseudonym
            self._people[pseudonym] = subject_id
        return pseudonym

    def who(self, pseudonym: str) -> str:
        """Whose pseudonym it is; what is none comes back as it is."""
        return self._people.get(pseudonym, pseudonym)

    def lift(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """An intent's fields with people's ids instead of pseudonyms, for the engine."""
        return {name: _each(value, self.who) if name in PEOPLE else value for name, value in fields.items()}

    def event(self, event: ev.Event) -> ev.Event:
        """The event with pseudonyms and without anybody's own words; times and measurements stay as they are."""
        changes: dict[str, Any] = {}
        for name in _fields_to_veil(type(event)):
            changes[name] = self._veiled(event, name, getattr(event, name))
        return msgspec.structs.replace(event, **changes) if changes else event

    def _veiled(self, event: ev.Event, name: str, value: Any) -> Any:
        if name in PEOPLE:
            return _each(value, self.name)
        if name in NESTED:
            return [self._member(member) for member in value]
        if name in SENTENCES and isinstance(event, _OF_THE_ENGINE):
            return self.sentence(value)
        return _hidden(value)

    def _member(self, member: Any) -> Any:
        changes = {"subject_id": self.name(member.subject_id)}
        if getattr(member, "error", None):
            changes["error"] = HIDDEN
        return msgspec.structs.replace(member, **changes)

    def sentence(self, text: str) -> str:
        """A sentence of the engine's with pseudonyms for those it names. An id that is a common word takes that along:
        better too much than too little.
        """
        named = [subject_id for subject_id in self._pseudonyms if subject_id and subject_id in text]
        if not named:
            return text
        either = "|".join(re.escape(subject_id) for subject_id in sorted(named, key=len, reverse=True))
        return re.sub(rf"(?<!\w)(?:{either})(?!\w)", lambda found: self._pseudonyms[found.group()], text)


def _each(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(key): item for key, item in value.items()}
    if isinstance(value, Iterable):
        return [change(item) for item in value]
    return value


def _hidden(value: Any) -> Any:
    if not value:
        return value
    return HIDDEN if isinstance(value, str) else None


_TO_VEIL: dict[type[ev.Event], tuple[str, ...]] = {}


def _fields_to_veil(kind: type[ev.Event]) -> tuple[str, ...]:
    known = _TO_VEIL.get(kind)
    if known is None:
        known = _TO_VEIL[kind] = tuple(field.name for field in msgspec.structs.fields(kind) if _needs_veil(field))
    return known


def _needs_veil(field: msgspec.structs.FieldInfo) -> bool:
    """A reason that is one of a fixed list is nobody's own words."""
    if field.name in OWN_WORDS:
        return get_origin(field.type) is not Literal
    return field.name in PEOPLE or field.name in NESTED
