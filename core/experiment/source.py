"""An experiment file read: its values, and the line on which each was written.

Owns YAML: what of it is understood (plain values, lists, groups, aliases), and saying where it is broken. Must not know
any setting.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from core.experiment.problems import ExperimentError, Mark, Place, Problem, at_line, found, quoted

LARGEST_FILE_BYTES = 1_000_000
MOST_VALUES = 100_000  # aliases can make a small file endless
_YAML = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset(_YAML + name for name in ("str", "int", "float", "bool", "null", "map", "seq"))
_MAPPING_TAG = _YAML + "map"


class _NotPlainError(yaml.MarkedYAMLError):
    """Correct YAML, but more than an experiment file may hold."""


class _PlainLoader(yaml.SafeLoader):
    """Safe YAML without dates: 2026-11-21 stays text, as everything later is JSON."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # PyYAML declares it without ClassVar
        first: [(tag, pattern) for tag, pattern in resolvers if tag in _PLAIN_TAGS]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _number(loader: _PlainLoader, node: yaml.ScalarNode) -> int | float | str:
    """A finite number; 12:30, which YAML 1.1 takes for 750, stays text."""
    if ":" in node.value:
        return str(node.value)
    whole = node.tag == _YAML + "int"
    try:
        number: int | float = loader.construct_yaml_int(node) if whole else loader.construct_yaml_float(node)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _NotPlainError(
            problem=f"found {quoted(node.value)}; allowed is a number that can be counted with",
            problem_mark=node.start_mark,
        )
    return number


for _kind in ("int", "float"):
    _PlainLoader.add_constructor(_YAML + _kind, _number)


@dataclass
class Source:
    """A file's text, its top-level settings, where each value stands, and what was wrong with the YAML itself."""

    file: Path
    text: str
    settings: dict[str, Any]
    marks: dict[Place, Mark]
    problems: list[Problem] = field(default_factory=list)


def read_source(file: Path) -> Source:
    """Read `file`. Raises ExperimentError if it cannot be read or is no YAML group of settings."""
    return source_of(read_text(file), file)


def source_of(text: str, file: Path) -> Source:
    """`text` as what stands, or is to stand, in `file`. Raises ExperimentError as `read_source`."""
    try:
        node, settings = parse_yaml(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise at_line(_yaml_sentence(file, error), mark.line + 1 if mark else 1) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise at_line(
            f"{file}, line {line}: found a character that no text file should hold (code {error.character}); "
            "allowed are printable characters. Delete it, or save the file again as plain text (UTF-8).",
            line,
        ) from error
    except RecursionError as error:
        raise ExperimentError(
            f"{file}: found lists or groups nested too deeply to be read; allowed are a few levels."
        ) from error
    if not isinstance(settings, dict) or node is None:
        raise ExperimentError(
            f"{file}, line 1: found {found(settings) if node else 'an empty file'}; allowed is an experiment: a group "
            "of settings such as `name: my_experiment` and `scenes:`, each at the start of a line. The folder "
            "resources/experiments/quick_start has one to copy."
        )
    walk = _Walk(file)
    walk.visit(node, (), ())
    return Source(file, text, settings, walk.marks, walk.problems)


def read_text(file: Path) -> str:
    """A text file's content. Raises ExperimentError if it is missing, too large, unreadable or not UTF-8."""
    try:
        size_bytes = file.stat().st_size
        if size_bytes > LARGEST_FILE_BYTES:
            raise ExperimentError(f"{file}: found {size_bytes} bytes; allowed are {LARGEST_FILE_BYTES}.")
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ExperimentError(
            f"{file}, line {line}: found text that is not UTF-8; allowed is UTF-8. "
            "In your editor, choose Save as … and the encoding UTF-8."
        ) from error
    except OSError as error:
        raise ExperimentError(
            f"{file}: cannot be read ({error.strerror or error}). Check the name and who may read it."
        ) from error


def parse_yaml(text: str) -> tuple[yaml.Node | None, Any]:
    """The one document in `text`, as a tree with lines and as values. Raises yaml.YAMLError, RecursionError."""
    loader = _PlainLoader(text)
    try:
        node = loader.get_single_node()
        problem = node and _beyond_plain(node)
        if problem:
            raise problem
        return node, loader.construct_document(node) if node else None
    finally:
        loader.dispose()


def _beyond_plain(top: yaml.Node) -> _NotPlainError | None:
    """The first thing in the tree that is YAML, but not plain values, lists and groups with text as keys."""
    seen: set[int] = set()
    todo = [top]
    while todo:
        node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.tag not in _PLAIN_TAGS:
            return _NotPlainError(problem=f"the tag {node.tag} is not understood", problem_mark=node.start_mark)
        if isinstance(node, yaml.SequenceNode):
            todo += node.value
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    return _NotPlainError(
                        problem="a setting's name must be a word, not a list or a group", problem_mark=key.start_mark
                    )
                todo += [key, value]
    return None


def _yaml_sentence(file: Path, error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    where = f"{file}, line {mark.line + 1}, column {mark.column + 1}" if mark else str(file)
    problem = error.problem or error.context or "it cannot be understood"
    if isinstance(error, _NotPlainError):
        return f"{where}: {problem}."
    if r"'\t'" in problem:
        problem = "found a tab; allowed are spaces (two for each step to the right)"
    return (
        f"{where}: this is not valid YAML: {problem}. Often the true cause is in the line above: a missing colon, a "
        "space too many or too few at its start, or text with a colon in it that needs quotes around it."
    )


class _Walk:
    """Goes through a tree once and notes lines, settings given twice and values that would not survive as JSON."""

    def __init__(self, file: Path) -> None:
        self.marks: dict[Place, Mark] = {}
        self.problems: list[Problem] = []
        self._file = file

    def visit(self, node: yaml.Node, place: Place, around: tuple[yaml.Node, ...]) -> None:
        """Note `node`, which stands at `place` inside the nodes `around` it."""
        if any(node is outer for outer in around):
            line = node.start_mark.line + 1
            raise at_line(f"{self._file}, line {line}: found a group that contains itself (& and *).", line)
        if len(self.marks) > MOST_VALUES:
            raise ExperimentError(f"{self._file}: found more than {MOST_VALUES} values; allowed are fewer.")
        self.marks.setdefault(place, Mark(self._file, node.start_mark.line + 1))
        inside = (*around, node)
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.visit(item, (*place, index), inside)
        elif isinstance(node, yaml.MappingNode):
            self._visit_group(node, place, inside)

    def _visit_group(self, node: yaml.MappingNode, place: Place, inside: tuple[yaml.Node, ...]) -> None:
        first_lines: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = str(key.value)
            here = (*place, name)
            self.marks.setdefault(here, Mark(self._file, line))
            if key.tag != _YAML + "str":
                sentence = f"found the name {quoted(name)}, which YAML does not read as text; put quotes around it."
                self.problems.append(Problem(here, sentence))
            elif name in first_lines:
                sentence = f"found twice, on lines {first_lines[name]} and {line}; allowed is once."
                self.problems.append(Problem(here, sentence))
            first_lines.setdefault(name, line)
            self.visit(value, here, inside)
