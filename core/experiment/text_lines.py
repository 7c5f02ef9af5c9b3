"""Where values, and the entries of a list, begin and end in a YAML text.

Owns what belongs to an entry: its lines, and the comments right above it. Must not change anything.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import yaml


def line_start(text: str, index: int) -> int:
    """Where the line begins in which `index` lies."""
    return text.rfind("\n", 0, index) + 1


def line_end(text: str, index: int) -> int:
    """Where that line ends: at its line break, or the text's end."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found


def in_brackets(node: yaml.Node) -> bool:
    """Whether a list or group is written as `[…]` or `{…}`."""
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def content_end(text: str, node: yaml.Node) -> int:
    """Behind the last character of a value. (YAML's own end of a block is where the next thing begins.)"""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return content_end(text, node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return content_end(text, node.value[-1])
    start, end = node.start_mark.index, node.end_mark.index
    return start + len(text[start:end].rstrip()) if end > start else start


@dataclass(frozen=True)
class Spans:
    """A list's entries in the text: each (start, end), and what stands between them."""

    start: int
    end: int
    items: list[tuple[int, int]]
    gaps: list[str]
    flow: bool

    def written(self, text: str, items: Sequence[tuple[int, int] | str]) -> str:
        """The text with these entries instead: spans of it, or new ones as they are."""
        usual = self.gaps[0] if self.gaps else ", " if self.flow else "\n"
        out = text[: self.start]
        for index, item in enumerate(items):
            if index:
                out += self.gaps[index - 1] if index - 1 < len(self.gaps) else usual
            out += item if isinstance(item, str) else text[item[0] : item[1]]
        return out + text[self.end :]


def spans_of(text: str, node: yaml.Node) -> Spans:
    """The entries of a list. A comment right above an entry, or behind its last line, belongs to it."""
    if in_brackets(node):
        items = [(item.start_mark.index, content_end(text, item)) for item in node.value]
    else:
        column = node.start_mark.column
        items = []
        floor = line_start(text, node.start_mark.index)
        for item in node.value:
            start = _with_comments(text, _dash_line(text, item, column), floor, first=not items)
            end = line_end(text, content_end(text, item))
            items.append((start, end))
            floor = end + 1
    gaps = [text[end:start] for (_, end), (start, _) in itertools.pairwise(items)]
    return Spans(items[0][0], items[-1][1], items, gaps, in_brackets(node))


def _dash_line(text: str, item: yaml.Node, column: int) -> int:
    """Where the line with the entry's dash begins."""
    start = line_start(text, item.start_mark.index)
    while start > 0 and text[start + column : start + column + 1] != "-":
        start = line_start(text, start - 1)
    return start


def _with_comments(text: str, start: int, floor: int, *, first: bool) -> int:
    """Upwards over the comments right above; those above the first entry may be the whole list's, and count as its own
    only when they are as far in.
    """
    lowest = 0 if first else floor
    while start > lowest:
        above = line_start(text, start - 1)
        if above < lowest or not text[above : start - 1].lstrip().startswith("#"):
            break
        start = above
    return start
