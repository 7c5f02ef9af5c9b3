"""One value of an experiment file changed in its text, every other character left as it is.

Owns finding the place in the text, and the proof: each edit reads its result again and is refused unless exactly that
value has changed. Must not know any setting, nor read files.
(A YAML library that keeps comments writes the whole file anew: it was seen to move comments to other entries of a list
and to respell values nobody had touched.)
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import yaml

from core.experiment.problems import Place, place_as_text
from core.experiment.source import parse_yaml
from core.experiment.text_lines import Spans, content_end, in_brackets, line_end, line_start, spans_of
from core.experiment.written import after_name, group_lines, in_line, item_lines


class CannotEditError(ValueError):
    """This value cannot be changed from outside without touching others; the message says so and where."""


def set_value(text: str, place: Place, value: Any, order: Sequence[str] = ()) -> str:
    """Give the setting at `place` this value; it is added if it is not there, after those that stand before it in
    `order`, together with the groups around it. Raises CannotEditError.
    """

    def change(settings: Any) -> None:
        inside = settings
        for step in place[:-1]:
            if isinstance(inside, dict) and inside.get(step) is None:
                inside[step] = {}
            inside = inside[step]
        inside[place[-1]] = copy.deepcopy(value)

    return _proven(text, place, change, lambda top: _set(text, top, place, value, order))


def remove(text: str, place: Place) -> str:
    """Take the setting at `place` out, so that its default counts; a group that is left empty goes with it, a list
    stays as `[]`. Raises CannotEditError.
    """

    def change(settings: Any) -> None:
        inside = _at(settings, place[:-1])
        del inside[place[-1]]
        if inside == {} and len(place) > 1:
            change_above = _at(settings, place[:-2])
            del change_above[place[-2]]

    return _proven(text, place, change, lambda top: _remove(text, top, place))


def insert_item(text: str, place: Place, index: int, item: Any) -> str:
    """Put an entry into the list at `place`, which may not be there yet. Raises CannotEditError."""
    _, settings = _parse(text)
    try:
        present = _at(settings, place)
    except (KeyError, IndexError, TypeError):
        present = None
    if not present:
        return set_value(text, place, [item])

    def change(settings: Any) -> None:
        _at(settings, place).insert(index, copy.deepcopy(item))

    return _proven(text, place, change, lambda top: _insert(text, _node_at(top, place), index, item))


def move_item(text: str, place: Place, old: int, new: int) -> str:
    """Let the entry `old` of the list at `place` become its entry `new`, with its comments. Raises CannotEditError."""

    def change(settings: Any) -> None:
        items = _at(settings, place)
        items.insert(new, items.pop(old))

    def write(top: yaml.Node) -> str:
        spans = spans_of(text, _node_at(top, place))
        order = list(range(len(spans.items)))
        order.insert(new, order.pop(old))
        return spans.written(text, [spans.items[i] for i in order])

    return _proven(text, place, change, write)


# --- proof ------------------------------------------------------------------------------------------------------------


def _proven(text: str, place: Place, change: Callable[[Any], None], write: Callable[[yaml.Node], str]) -> str:
    top, settings = _parse(text)
    refused = CannotEditError(f"{place_as_text(place)} can be changed in the text only, as it is written there.")
    wanted = _unshared(settings)
    try:
        change(wanted)
        new_text = write(top)
        _, got = _parse(new_text)
    except (CannotEditError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise refused from error
    if not _same(got, wanted):
        raise refused
    return new_text


def _unshared(value: Any) -> Any:
    """A copy in which what YAML's aliases share is there as often as it is read."""
    if isinstance(value, dict):
        return {name: _unshared(one) for name, one in value.items()}
    return [_unshared(one) for one in value] if isinstance(value, list) else value


def _same(one: Any, other: Any) -> bool:
    """Equal, and of the same types: true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _parse(text: str) -> tuple[yaml.Node, Any]:
    try:
        node, settings = parse_yaml(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise CannotEditError("The text is not valid YAML; it has to be mended there first.") from error
    if not isinstance(node, yaml.MappingNode) or not isinstance(settings, dict):
        raise CannotEditError("The text is no group of settings; it has to be mended there first.")
    return node, settings


def _at(settings: Any, place: Place) -> Any:
    for step in place:
        settings = settings[step]
    return settings


# --- the tree ---------------------------------------------------------------------------------------------------------


def _entry(node: yaml.Node, name: str | int) -> tuple[yaml.Node, yaml.Node]:
    """The last `name: value` of a group: the one that counts. Raises KeyError, TypeError."""
    if not isinstance(node, yaml.MappingNode):
        raise TypeError
    for key, value in reversed(node.value):
        if key.value == name:
            return key, value
    raise KeyError(name)


def _node_at(top: yaml.Node, place: Place) -> yaml.Node:
    node = top
    for step in place:
        node = node.value[step] if isinstance(node, yaml.SequenceNode) else _entry(node, step)[1]
    return node


def _in_flow(top: yaml.Node, place: Place) -> bool:
    """Whether `place` stands between brackets or braces."""
    return any(in_brackets(_node_at(top, place[:depth])) for depth in range(len(place)))


def _is_there(top: yaml.Node, place: Place) -> bool:
    try:
        _node_at(top, place)
    except (KeyError, IndexError, TypeError):
        return False
    return True


# --- writing ----------------------------------------------------------------------------------------------------------


def _set(text: str, top: yaml.Node, place: Place, value: Any, order: Sequence[str]) -> str:
    if _is_there(top, place):
        return _replace(text, top, place, value)
    around, name = place[:-1], str(place[-1])
    if not _is_there(top, around):
        return _set(text, top, around, {name: value}, order)
    group = _node_at(top, around)
    if isinstance(group, yaml.ScalarNode):  # `matching:` with nothing in it
        return _replace(text, top, around, {name: value})
    if not isinstance(group, yaml.MappingNode):
        raise CannotEditError
    if in_brackets(group):
        return _add_in_flow(text, group, f"{in_line(name, inside_flow=True)}: {in_line(value, inside_flow=True)}")
    indent = group.value[0][0].start_mark.column
    at = line_end(text, content_end(text, _entry_before(group, name, order)))
    lines = group_lines({name: value}, indent)
    blank = not place[:-1] and isinstance(value, dict | list) and "\n\n" in text
    return text[:at] + ("\n" if blank else "") + "\n" + "\n".join(lines) + (text[at:] or "\n")


def _entry_before(group: yaml.MappingNode, name: str, order: Sequence[str]) -> yaml.Node:
    """The value after which `name` is added."""
    before = list(order)[: list(order).index(name)] if name in order else list(order)
    values = [value for key, value in group.value if key.value in before]
    last: yaml.Node = (values or [value for _, value in group.value])[-1]
    return last


def _add_in_flow(text: str, node: yaml.Node, addition: str, index: int | None = None) -> str:
    parts = [part[0] if isinstance(part, tuple) else part for part in node.value]
    if index is not None and index < len(parts):
        at = parts[index].start_mark.index
        return f"{text[:at]}{addition}, {text[at:]}"
    if not parts:
        at = node.start_mark.index + 1
        return text[:at] + addition + text[at:]
    last = node.value[-1][1] if isinstance(node.value[-1], tuple) else node.value[-1]
    at = content_end(text, last)
    return f"{text[:at]}, {addition}{text[at:]}"


def _replace(text: str, top: yaml.Node, place: Place, value: Any) -> str:
    node = _node_at(top, place)
    start, end = node.start_mark.index, content_end(text, node)
    style = node.style if isinstance(node, yaml.ScalarNode) else None
    if _in_flow(top, place) or isinstance(place[-1], int):
        written = in_line(value, inside_flow=_in_flow(top, place), style=style)
        return text[:start] + _spaced(text, start, end, written) + text[end:]
    key = _entry(_node_at(top, place[:-1]), place[-1])[0]
    rest, below = after_name(value, key.start_mark.column, style)
    in_block = style in ("|", ">") or (not isinstance(node, yaml.ScalarNode) and not in_brackets(node))
    if not below and not in_block:
        return text[:start] + _spaced(text, start, end, rest) + text[end:]
    colon = text.index(":", content_end(text, key)) + 1
    head_end = line_end(text, colon)
    tail = text[line_end(text, end) :]
    head = text[colon:head_end]
    if style in ("|", ">") or not in_block:  # the value begins on the line of its name
        old = text[start : min(end, head_end)] if not in_block else text[start:head_end].split(maxsplit=1)[0]
        head = head.replace(old, "", 1) if old else head
    head = head.strip()
    first = " ".join(part for part in (rest, head) if part)
    return text[:colon] + (f" {first}" if first else "") + "".join(f"\n{line}" for line in below) + tail


def _spaced(text: str, start: int, end: int, written: str) -> str:
    """`key:` without a value ends in its colon."""
    if start == end and text[start - 1 : start] in (":", "-"):
        return f" {written}"
    return written


def _remove(text: str, top: yaml.Node, place: Place) -> str:
    around = _node_at(top, place[:-1])
    if isinstance(around, yaml.SequenceNode):
        if len(around.value) == 1:
            return _replace(text, top, place[:-1], [])
        spans = spans_of(text, around)
        kept = [span for index, span in enumerate(spans.items) if index != place[-1]]
        return spans.written(text, kept)
    assert isinstance(around, yaml.MappingNode)
    if len(around.value) == 1 and len(place) > 1:
        return _remove(text, top, place[:-1])
    key, value = _entry(around, place[-1])
    if in_brackets(around):
        return _remove_in_flow(text, around, key)
    start, end = line_start(text, key.start_mark.index), line_end(text, content_end(text, value))
    if text[start : key.start_mark.index].strip():  # the first of a list's entry, beside its dash
        after = text[end:]
        gap = len(after) - len(after.lstrip())
        return text[: key.start_mark.index] + after[gap:]
    return text[:start] + text[end + 1 :]


def _remove_in_flow(text: str, group: yaml.MappingNode, key: yaml.Node) -> str:
    index = next(i for i, (one, _) in enumerate(group.value) if one is key)
    if index + 1 < len(group.value):
        return text[: key.start_mark.index] + text[group.value[index + 1][0].start_mark.index :]
    start = content_end(text, group.value[index - 1][1]) if index else key.start_mark.index
    return text[:start] + text[content_end(text, group.value[index][1]) :]


def _insert(text: str, node: yaml.Node, index: int, item: Any) -> str:
    if in_brackets(node):
        return _add_in_flow(text, node, in_line(item, inside_flow=True), index)
    spans: Spans = spans_of(text, node)
    new = "\n".join(item_lines(item, node.start_mark.column))
    items: list[Any] = list(spans.items)
    items.insert(index, new)
    return spans.written(text, items)
