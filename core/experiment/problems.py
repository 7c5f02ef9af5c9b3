"""What is wrong with an experiment file, in words for the person who wrote it.

Owns how a place in a file, a value that was found and a list of problems become a sentence. Must not find problems.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Place = tuple[str | int, ...]
"""Where in the file: keys and positions from the top, as in `("scenes", 1, "duration_s")`."""

LONGEST_QUOTE = 60


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: at `place`, with `sentence` saying what was found and what is allowed."""

    place: Place
    sentence: str


@dataclass(frozen=True)
class Mark:
    """Where a setting was written. `line` counts from 1."""

    file: Path
    line: int


@dataclass(frozen=True)
class Located:
    """A problem for whoever has the file open: `line` counts from 1 in the file of the message's first words."""

    place: Place
    line: int
    sentence: str


class ExperimentError(Exception):
    """The experiment cannot be used. The message names file, line, setting, what was found and what is allowed;
    `problems` has the same piece by piece (empty if nothing of the file could be read).
    """

    def __init__(self, message: str, problems: Sequence[Located] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


def at_line(message: str, line: int) -> ExperimentError:
    """For what is wrong with the text itself; `message` begins with file and line."""
    return ExperimentError(message, [Located((), line, message.partition(": ")[2])])


def place_as_text(place: Place) -> str:
    """`("scenes", 1, "duration_s")` → `scenes[1].duration_s`; the top of the file is ``."""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else quoted(step)[1:-1]
    return text


def quoted(text: str) -> str:
    """`text` in quotes, shortened, with line breaks and other control characters made visible."""
    if len(text) > LONGEST_QUOTE:
        text = text[: LONGEST_QUOTE - 1] + "…"
    return '"' + "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text) + '"'


def found(value: Any) -> str:
    """How a value of the file is named: `"sixty" (text)`, `70000`, `true (yes or no)`, `a list`, `nothing (null)`."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return f"{str(value).lower()} (YAML reads yes, no, on and off as true or false)"
    if isinstance(value, str):
        return f"{quoted(value)} (text)"
    if isinstance(value, list):
        return "an empty list" if not value else "a list"
    if isinstance(value, dict):
        return "a group of settings"
    return f"{value!r}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` is most likely a slip of, or None."""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def error_of(problems: Sequence[Problem], marks: dict[Place, Mark], file: Path) -> ExperimentError:
    """All problems in one message, in the order of the file."""
    located = sorted(((_mark_of(problem.place, marks, file), problem) for problem in problems), key=_file_order)
    lines = [_line_of(mark, problem) for mark, problem in located]
    pieces = [Located(problem.place, mark.line, problem.sentence) for mark, problem in located]
    if len(lines) == 1:
        return ExperimentError(lines[0], pieces)
    return ExperimentError(f"{file} has {len(lines)} problems:\n" + "\n".join(f"- {line}" for line in lines), pieces)


def _file_order(located: tuple[Mark, Problem]) -> tuple[str, int]:
    return str(located[0].file), located[0].line


def _mark_of(place: Place, marks: dict[Place, Mark], file: Path) -> Mark:
    """Where `place` was written; for what was not, the nearest group around it."""
    while place and place not in marks:
        place = place[:-1]
    return marks.get(place, Mark(file, 1))


def _line_of(mark: Mark, problem: Problem) -> str:
    where = place_as_text(problem.place)
    return f"{mark.file}, line {mark.line}{', ' + where if where else ''}: {problem.sentence}"
