"""Does a value from the file fit its setting's type? Finds all that does not in one pass, each with what is allowed.

Owns turning a type into words, and a failed check of it into a problem. Must not know any one setting: the types say
everything.
"""

from __future__ import annotations

from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import inspect

from core.experiment.problems import Place, Problem, found, nearest, quoted

Homes = dict[str, list[str]]
"""Setting → the top-level groups of the file it can stand in."""


def problems_of(value: Any, hint: Any) -> list[Problem]:
    """Every place in `value` that does not fit the type `hint`, which is that of the whole file."""
    return _problems_at(value, hint, (), _homes(hint))


def _problems_at(value: Any, hint: Any, place: Place, homes: Homes) -> list[Problem]:
    kind = _bare(inspect.type_info(hint))
    groups = [group for group in _alternatives(kind) if isinstance(group, inspect.StructType)]
    if groups:
        return _problems_of_group(value, groups, place, homes)
    if isinstance(kind, inspect.ListType) and isinstance(value, list):
        return _problems_of_list(value, hint, place, homes)
    try:
        msgspec.convert(value, hint)
    except msgspec.ValidationError:
        return [Problem(place, f"found {found(value)}; allowed is {allowed(hint)}.{_quotes_hint(value, kind)}")]
    return []


def allowed(hint: Any) -> str:
    """What a setting of this type may be, in words: `a whole number from 1 to 60000, or null`."""
    info = inspect.type_info(hint)
    if isinstance(info, inspect.Metadata) and info.extra and "allowed" in info.extra:
        return str(info.extra["allowed"])
    return ", or ".join(_words(alternative) for alternative in _alternatives(_bare(info)))


def _problems_of_group(value: Any, groups: list[inspect.StructType], place: Place, homes: Homes) -> list[Problem]:
    """`value` against a group of settings, or against the one of several groups that its tag names."""
    if not isinstance(value, dict):
        example = (
            f"`{groups[0].tag_field}: {groups[0].tag}`" if groups[0].tag_field else "`name: value`, indented below it"
        )
        return [Problem(place, f"found {found(value)}; allowed is a group of settings, such as {example}.")]
    group = groups[0]
    if group.tag_field:
        tags = {str(candidate.tag): candidate for candidate in groups}
        tag = value.get(group.tag_field)
        if tag not in tags:
            seen = found(tag) if group.tag_field in value else f"no `{group.tag_field}:`"
            return [
                Problem((*place, group.tag_field), f"found {seen}; allowed is {' or '.join(tags)}.{_slip(tag, tags)}")
            ]
        group = tags[tag]
    hints = get_type_hints(group.cls, include_extras=True)
    known = [*([group.tag_field] if group.tag_field else []), *(field.name for field in group.fields)]
    problems = [_unknown(name, known, place, homes) for name in value if isinstance(name, str) and name not in known]
    for field in group.fields:
        if field.name in value:
            problems += _problems_at(value[field.name], hints[field.name], (*place, field.name), homes)
        elif field.required:
            sentence = f"`{field.name}:` is missing; allowed is {allowed(hints[field.name])}."
            problems.append(Problem(place, sentence))
    return problems


def _problems_of_list(values: list[Any], hint: Any, place: Place, homes: Homes) -> list[Problem]:
    kind = _bare(inspect.type_info(hint))
    least, most = getattr(kind, "min_length", None) or 0, getattr(kind, "max_length", None)
    if len(values) < least or (most is not None and len(values) > most):
        return [Problem(place, f"found a list of {len(values)}; allowed is {allowed(hint)}.")]
    item_hint = get_args(get_args(hint)[0] if get_origin(hint) is Annotated else hint)[0]
    return [problem for i, value in enumerate(values) for problem in _problems_at(value, item_hint, (*place, i), homes)]


def _unknown(name: Any, known: list[str], place: Place, homes: Homes) -> Problem:
    """A setting that does not exist here, with where it may have been meant to stand."""
    meant = nearest(str(name), known)
    if meant:
        advice = f'Did you mean "{meant}"?'
    elif name in homes:
        advice = "It belongs under " + " or ".join(f'"{home}:"' for home in homes[name]) + "."
    else:
        advice = f"Allowed are: {', '.join(known)}."
    return Problem((*place, str(name)), f"found a setting that is not known here. {advice}")


def _homes(hint: Any) -> Homes:
    """Which settings the top-level groups of `hint` have."""
    top = _bare(inspect.type_info(hint))
    homes: Homes = {}
    for group in top.fields if isinstance(top, inspect.StructType) else ():
        kind = _bare(group.type)
        inner = _bare(kind.item_type) if isinstance(kind, inspect.ListType) else kind
        settings = [set(one.__struct_fields__) for one in _classes(inner)]
        for name in sorted(set().union(*settings)):
            homes.setdefault(name, []).append(group.name)
    return homes


def _classes(kind: inspect.Type) -> list[type[msgspec.Struct]]:
    return [one.cls for one in _alternatives(kind) if isinstance(one, inspect.StructType)]


def _bare(info: inspect.Type) -> inspect.Type:
    """The type itself, without the description around it."""
    while isinstance(info, inspect.Metadata):
        info = info.type
    return info


def _alternatives(info: inspect.Type) -> list[inspect.Type]:
    return [_bare(one) for one in info.types] if isinstance(info, inspect.UnionType) else [info]


def _words(kind: inspect.Type) -> str:
    """One type in words."""
    match kind:
        case inspect.NoneType():
            return "null"
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "a whole number" + _range(kind)
        case inspect.FloatType():
            return "a number" + _range(kind)
        case inspect.LiteralType():
            return " or ".join(str(value) for value in kind.values)
        case inspect.StrType():
            return "text" + _lengths(kind.min_length, kind.max_length, "characters")
        case inspect.ListType():
            return "a list" + _lengths(kind.min_length, kind.max_length, "entries")
        case inspect.DictType():
            return "a group of settings"
    return "a value"


def _range(kind: inspect.IntType | inspect.FloatType) -> str:
    if kind.ge is not None and kind.le is not None:
        return f" from {kind.ge:g} to {kind.le:g}"
    above = f" above {kind.gt:g}" if kind.gt is not None else f" of at least {kind.ge:g}" if kind.ge is not None else ""
    most = f" up to {kind.le:g}" if kind.le is not None else ""
    return above + most


def _lengths(least: int | None, most: int | None, unit: str) -> str:
    limits = []
    if least:
        limits.append(f"at least {least}")
    if most is not None:
        limits.append(f"at most {most}")
    return f" of {' and '.join(limits)} {unit}" if limits else ""


def _quotes_hint(value: Any, kind: inspect.Type) -> str:
    """YAML reads `No`, `1.0` or `null` as something else than the text that was meant."""
    wants_text = any(isinstance(one, inspect.StrType) for one in _alternatives(kind))
    return " Put quotes around it." if wants_text and not isinstance(value, str | list | dict) else ""


def _slip(word: Any, known: dict[str, Any]) -> str:
    meant = nearest(word, known) if isinstance(word, str) else None
    return f" Did you mean {quoted(meant)}?" if meant else ""
