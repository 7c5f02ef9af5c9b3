"""A run's tables without anybody in them: pseudonyms for people, and no word that somebody chose.

Owns what may be told. The rule: a text is either one of Greenroom's own words or a numbered name ("person_3",
"game_12", "scene_1", numbered in the order in which the export meets them, which for people is that of joining);
numbers stay; dates, and whatever is neither, go. The same thing has the same name in all tables of one export, and no
key to the names is kept. Must not write anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec

from core import events as ev
from core.analysis.exporting.run_rows import RUN_COLUMNS, as_json
from core.analysis.never_played import NEVER_WAITED, NO_GAME
from core.analysis.tables.columns import COLUMNS, Column
from core.analysis.tables.event_rows import type_of
from core.analysis.tables.run_tables import RunTables
from core.projections import why_words
from core.projections.veil import NESTED, PEOPLE

Change = Callable[[Any], Any]

_NUMBERED: Final = {
    "experiment": "experiment", "run_id": "run", "scene_id": "scene", "game_id": "game", "group_id": "group",
    "probe_session_id": "probe",
}  # fmt: skip
_PERSON: Final = (*PEOPLE, "peer_id")
_WORD_COLUMNS: Final = frozenset((
    "left_reason", "state", "why_never_played", "reason", "outcome", "phase", "path", "matchmaker", "matchmaker_class",
    "game_end_reason", "event_type", "status", "ended_reason", "kind", "partners", "no_partner", "severity",
))  # fmt: skip
_OWN_CLASSES: Final = ("FIFOMatchmaker", "LatencyFIFOMatchmaker", "GroupReunionMatchmaker", "GroupReunion")
_CLEAN: Final = ("thresholds", "json")  # numbers alone; what `event_json` made
_CONFIG_PARTS: Final = ("matching", "timeouts", "probe")
OTHER: Final = "other"


def _literals(hint: Any) -> set[str]:
    """The words of every Literal in a type."""
    if get_origin(hint) is Literal:
        return {word for word in get_args(hint) if isinstance(word, str)}
    return set().union(*(_literals(part) for part in get_args(hint))) if get_args(hint) else set()


def _own_words() -> frozenset[str]:
    """Every word that Greenroom itself writes into a column of words."""
    kinds = [*ev.EVENT_TYPES.values(), ev.SceneSummary]
    words = set().union(*(_literals(hint) for kind in kinds for hint in get_type_hints(kind).values()))
    words |= {*ev.EVENT_TYPES, *why_words.MAIN_REASONS.values(), NEVER_WAITED, NO_GAME, *_OWN_CLASSES}
    words |= {"host", "srflx", "prflx", "relay", "complete", "unfinished", "accepted", "rejected", "failed"}
    words |= {"page", "waiting", "probing", "playing", "done", "gone", "prepare", "connect", "measure"}
    return frozenset(words)


OWN_WORDS: Final = _own_words()


class Redactor:
    """Keeps the names of one export. Let it `meet` each run before its rows come."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[str, str]] = {}
        self._person = self._namer("person")
        self._plans: dict[type[msgspec.Struct], list[tuple[str, Change | None]]] = {}
        self._changes: dict[str, list[tuple[int, Change]]] = {
            table: [(place, change) for place, column in enumerate(columns) if (change := self._change(column))]
            for table, columns in {**COLUMNS, "runs": RUN_COLUMNS}.items()
        }

    def meet(self, tables: RunTables) -> None:
        """Number its people in order of joining."""
        for person in tables.participants:
            self.name("person", person.subject_id)

    def name(self, kind: str, value: str) -> str:
        """`person_3`; "" stays "", since it means that the log does not say."""
        if not value:
            return ""
        known = self._numbers.setdefault(kind, {})
        return known.setdefault(value, f"{kind}_{len(known) + 1}")

    def place(self, place: dict[str, str]) -> dict[str, str]:
        """Of a run: `experiment_1`, `run_1`."""
        return {column: self.name(_NUMBERED[column], value) for column, value in place.items()}

    def row(self, table: str, row: Sequence[Any]) -> list[Any]:
        """The row with its columns in the same places."""
        told = list(row)
        for place, change in self._changes[table]:
            told[place] = change(told[place])
        return told

    def event_json(self, event: ev.Event) -> str:
        """What may be told of an event, as JSON."""
        known = {} if isinstance(event, ev.UnknownEvent) else self._fields_of(event)
        return as_json({"event_type": _word(type_of(event)), **known})

    # --- columns ------------------------------------------------------------------------------------------------------

    def _change(self, column: Column) -> Change | None:
        """What is done to a column; None: it is told as it is."""
        name = column.name
        if name in ("timestamp", "started_at"):
            return lambda _: None
        if name == "config":
            return _config
        if name in _CLEAN or column.kind in ("number", "whole", "yes_no"):
            return None
        if name in _PERSON:
            return self._people
        if name in _NUMBERED:
            return self._namer(_NUMBERED[name])
        return _word if name in _WORD_COLUMNS else _nothing

    def _namer(self, kind: str) -> Change:
        """As `name`, quick for what has a name already."""
        known = self._numbers.setdefault(kind, {})
        return lambda value: known.get(value) or self.name(kind, value)

    def _people(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._person(value)
        if isinstance(value, dict):
            return {self._person(subject_id): item for subject_id, item in value.items()}
        return None if value is None else list(map(self._person, value))

    # --- events -------------------------------------------------------------------------------------------------------

    def _fields_of(self, struct: msgspec.Struct) -> dict[str, Any]:
        """What may be told of an event or of a part of it."""
        kind = type(struct)
        plan = self._plans.get(kind)
        if plan is None:
            plan = self._plans[kind] = self._plan(kind)
        return {name: change(getattr(struct, name)) if change else getattr(struct, name) for name, change in plan}

    def _plan(self, kind: type[msgspec.Struct]) -> list[tuple[str, Change | None]]:
        """The fields that are told, and what is done to each; None: it is told as it is."""
        plan: list[tuple[str, Change | None]] = []
        for name, hint in get_type_hints(kind).items():
            if name == "timestamp" or name not in kind.__struct_fields__:
                continue
            if name in NESTED or name == "scenes":
                plan.append((name, lambda members: list(map(self._fields_of, members))))
            elif name in _PERSON and hint is not bool:
                plan.append((name, self._people))
            elif name in _NUMBERED:
                plan.append((name, self._namer(_NUMBERED[name])))
            elif name in _WORD_COLUMNS:
                plan.append((name, _word))
            elif _leaves(hint) <= _MEASURES:
                plan.append((name, None))
        return plan


_MEASURES: Final = frozenset((int, float, bool, type(None)))


def _leaves(hint: Any) -> set[Any]:
    """The plain types in a type: `list[float] | None` holds float and None."""
    parts = get_args(hint)
    return set().union(*map(_leaves, parts)) if parts else {hint}


def _is_measure(value: Any) -> bool:
    """A number, yes or no, or nothing."""
    return value is None or isinstance(value, bool | int | float)


def _word(value: str | None) -> str | None:
    return value if not value or value in OWN_WORDS else OTHER


def _nothing(_: Any) -> str:
    return ""


def _config(value: str) -> str:
    """Of a configuration in JSON: numbers and switches of how people are matched and measured."""
    config = msgspec.json.decode(value)
    told = {}
    for part in _CONFIG_PARTS:
        settings = config.get(part)
        if isinstance(settings, dict):
            told[part] = {str(name): item for name, item in settings.items() if _is_measure(item) and name in _SETTINGS}
    return as_json(told)


_SETTINGS: Final = frozenset((
    "group_size", "max_p2p_rtt_ms", "max_server_rtt_ms", "group_hidden_tabs", "prepare_s", "connect_s", "measure_s",
    "wait_s", "reunion_s", "reconnect_s", "game_grace_s", "heard_within_s", "answer_within_s", "slow_fresh_s",
    "unreachable_cooldown_s", "timeout_cooldown_s", "pings", "warmup", "interval_ms", "min_answered", "retries",
))  # fmt: skip
