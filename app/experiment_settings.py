"""The settings of an experiment file, described for the page that edits them.

Owns turning core/experiment's types, their words and the defaults in force into plain data. Must not know Qt, nor any
one setting but where it has to stand in the form.
"""

from __future__ import annotations

import re
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from core.experiment.conformance import allowed
from core.experiment.experiment import Experiment, IceServer, Scene
from core.experiment.loader import RESOURCES, game_names
from core.experiment.source import read_source
from widgets.experiment.description import MISSING, CardKind, CardList, Kind, Section, Setting

TITLES: Final = {
    "matching": "Matching", "timeouts": "Timeouts", "probe": "Probe", "server": "Server", "logging": "Logs",
    "completion": "Last page", "no_partner": "No partner found", "alerts": "Alerts", "page": "Page", "game": "Game",
}  # fmt: skip
UNITS: Final = {"s": "s", "ms": "ms", "mb": "MB"}
WORDS: Final = {
    "p2p": "P2P", "rtt": "RTT", "url": "URL", "urls": "Addresses", "ice": "ICE", "id": "Id", "dir": "folder",
    "ttl": "Lifetime", "max": "longest", "min": "least", "pings": "pings",
}  # fmt: skip
LONG_TEXT: Final = 10_000
NEW_PAGE: Final = {"id": "page", "kind": "page", "title": "New page", "text": "What participants read here."}
NEW_GAME: Final = {"id": "game", "kind": "game", "title": "New game"}
NEW_ICE: Final = {"urls": "stun:stun.example.org:3478"}


def describe() -> tuple[Section, ...]:
    """Every section of the form, in the file's order."""
    defaults = read_source(RESOURCES / "config.yaml").settings
    hints = get_type_hints(Experiment, include_extras=True)
    top = _settings_of(Experiment, defaults, leaving={"scenes", "ice_servers", "ice_transport_policy"}, groups=False)
    policy = [one for one in _settings_of(Experiment, defaults, groups=False) if one.name == "ice_transport_policy"]
    sections = [
        Section((), "Experiment", "What it is called.", top),
        Section(("scenes",), "Scenes", _help(hints["scenes"]), (), _scene_cards()),
    ]
    for name, hint in hints.items():
        if name == "ice_servers":
            sections.append(Section((), "STUN and TURN servers", _help(hint), tuple(policy), _ice_cards()))
        elif _is_group(hint):
            group = defaults.get(name) or {}
            sections.append(Section((name,), TITLES.get(name, _title(name)), _doc(hint), _settings_of(hint, group)))
    return tuple(sections)


def _scene_cards() -> CardList:
    news: dict[str, dict[str, Any]] = {"page": NEW_PAGE, "game": NEW_GAME}
    kinds = []
    for group in get_args(Scene):
        tag = str(group.__struct_config__.tag)
        kinds.append(CardKind(tag, TITLES.get(tag, tag), _doc(group), _settings_of(group, {}), news[tag]))
    return CardList(("scenes",), "Scene", "kind", tuple(kinds), unique="id")


def _ice_cards() -> CardList:
    kind = CardKind("", "Server", _doc(IceServer), _settings_of(IceServer, {}), NEW_ICE)
    return CardList(("ice_servers",), "Server", "", (kind,))


def _settings_of(
    group: Any, defaults: dict[str, Any], leaving: set[str] | None = None, *, groups: bool = True
) -> tuple[Setting, ...]:
    hints = get_type_hints(group, include_extras=True)
    own = {field.name: field for field in msgspec.structs.fields(group)}
    names = [name for name in own if name not in (leaving or ()) and (groups or not _is_structured(hints[name]))]
    return tuple(_setting(name, hints[name], _default(own[name], defaults)) for name in names)


def _setting(name: str, hint: Any, default: Any) -> Setting:
    kinds = _alternatives(hint)
    none = "none" if type(None) in kinds else ""
    kind, choices = _kind(kinds, hint)
    if name == "game":
        kind, choices = "choice", tuple(sorted(game_names()))
    return Setting(name, _title(name), kind, _help(hint), allowed(hint), default, choices, none)


def _kind(kinds: list[Any], hint: Any) -> tuple[Kind, tuple[Any, ...]]:
    literals = [one for one in kinds if get_origin(one) is Literal]
    if literals:
        return "choice", get_args(literals[0])
    if bool in kinds:
        return "choice", (True, False)
    if int in kinds or float in kinds:
        return "number", ()
    if any(get_origin(one) is dict for one in kinds):
        return "group", ()
    if any(get_origin(one) is list for one in kinds):
        return "addresses", ()
    return ("lines" if _longest(hint) > LONG_TEXT else "line"), ()


def _default(field: msgspec.structs.FieldInfo, defaults: dict[str, Any]) -> Any:
    if field.name in defaults:
        return defaults[field.name]
    if field.default is not msgspec.NODEFAULT:
        return field.default
    return MISSING if field.default_factory is msgspec.NODEFAULT else field.default_factory()


# --- types ------------------------------------------------------------------------------------------------------------


def _alternatives(hint: Any) -> list[Any]:
    """`A | B | None` as a list, descriptions taken off."""
    bare = _bare(hint)
    return [one for part in get_args(bare) for one in _alternatives(part)] if _is_union(bare) else [bare]


def _bare(hint: Any) -> Any:
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    return hint


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, UnionType)


def _is_group(hint: Any) -> bool:
    bare = _bare(hint)
    return isinstance(bare, type) and issubclass(bare, msgspec.Struct)


def _is_structured(hint: Any) -> bool:
    return _is_group(hint) or get_origin(_bare(hint)) is list


def _metas(hint: Any) -> list[msgspec.Meta]:
    metas = []
    while get_origin(hint) is Annotated:
        metas += [one for one in hint.__metadata__ if isinstance(one, msgspec.Meta)]
        hint = get_args(hint)[0]
    return metas


def _help(hint: Any) -> str:
    return next((meta.description for meta in reversed(_metas(hint)) if meta.description), "")


def _longest(hint: Any) -> int:
    return max((meta.max_length for meta in _metas(hint) if meta.max_length), default=0)


# --- words ------------------------------------------------------------------------------------------------------------


def _doc(group: Any) -> str:
    return re.sub(r"\s+", " ", (_bare(group).__doc__ or "").strip())


def _title(name: str) -> str:
    """`max_p2p_rtt_ms` → `Longest P2P RTT (ms)`."""
    *words, last = name.split("_")
    unit = f" ({UNITS[last]})" if words and last in UNITS else ""
    if not unit:
        words = [*words, last]
    said = " ".join(WORDS.get(word, word) for word in words)
    return said[0].upper() + said[1:] + unit
