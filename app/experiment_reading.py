"""What a text reads as, and edits of it, for the experiment page.

Owns the way from core/experiment's answers to the page's plain data. Blocks (a large file takes 0.2 s): call it in a
thread. Must not know Qt.
"""

from __future__ import annotations

from pathlib import Path

from core.experiment import edits
from core.experiment.loader import LoadedExperiment, check_text
from core.experiment.problems import ExperimentError
from core.experiment.source import source_of
from widgets.experiment.description import Edit, Fault, Reading


def read(text: str, path: Path) -> tuple[Reading, LoadedExperiment | None]:
    """What `text` would be if it were saved as `path`; the experiment, if it can be run."""
    try:
        source = source_of(text, path)
    except ExperimentError as error:
        faults = tuple(_fault(one.place, one.line, one.sentence) for one in error.problems)
        return Reading(None, faults, problem=_short(error, path)), None
    lines = {place: mark.line for place, mark in source.marks.items()}
    try:
        loaded = check_text(text, path)
    except ExperimentError as error:
        faults = tuple(_fault(one.place, one.line, one.sentence) for one in error.problems)
        return Reading(source.settings, faults, lines, _short(error, path)), None
    return Reading(source.settings, (), lines), loaded


def changed(text: str, edit: Edit) -> str:
    """`text` with this edit made. Raises core.experiment.edits.CannotEditError."""
    match edit.act:
        case "set":
            return edits.set_value(text, edit.place, edit.value, edit.order)
        case "remove":
            return edits.remove(text, edit.place)
        case "insert":
            return edits.insert_item(text, edit.place, edit.index, edit.value)
        case "move":
            return edits.move_item(text, edit.place, edit.index, edit.value)


def _fault(place: tuple[str | int, ...], line: int, sentence: str) -> Fault:
    return Fault(place, line, sentence[:1].upper() + sentence[1:])


def _short(error: ExperimentError, path: Path) -> str:
    return str(error).replace(f"{path}, ", "").replace(str(path), path.name)
