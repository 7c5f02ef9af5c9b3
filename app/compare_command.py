"""`main.py compare` and `main.py report`: runs beside each other, or one alone, as text, CSV, JSON or one HTML file.

Owns which files are written and what is said. Must not compute or lay out a figure (core/analysis does).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app import exits
from app.comparisons import compared
from app.exits import Failure
from core.analysis.comparing.comparison import Comparison, NotComparableError, check_number, once_each
from core.runlog.archive_file import ArchiveError
from core.runlog.files import LogReadError, replace_file
from core.runlog.run_directory import EVENTS_FILE, LATEST_TEXT, RunDirectory, RunDirectoryError


def print_comparison(
    given: Sequence[Path], baseline: Path | None, *, every_setting: bool = False, redacted: bool = False,
    csv_file: Path | None = None, html_file: Path | None = None, json_file: Path | None = None,
) -> int:  # fmt: skip
    """The tables as text, and the files asked for. Raises Failure."""
    from core.analysis.comparing import comparison_text

    comparison = _compare(given, baseline)
    print(comparison_text.as_text(comparison, every_setting=every_setting))
    if csv_file is not None:
        _write(csv_file, comparison_text.as_csv(comparison).encode("utf-8-sig"))
    if json_file is not None:
        _write(json_file, comparison_text.as_json(comparison))
    if html_file is not None:
        _write_html(html_file, comparison, every_setting=every_setting, redacted=redacted)
    return exits.FINE


def write_report(given: Sequence[Path], html_file: Path, *, every_setting: bool = False, redacted: bool = False) -> int:
    """One HTML file, of one run or a comparison to the first. Raises Failure."""
    comparison = _compare(given, None, least=1)
    _write_html(html_file, comparison, every_setting=every_setting, redacted=redacted)
    return exits.FINE


def _compare(given: Sequence[Path], baseline: Path | None, least: int = 2) -> Comparison:
    try:
        kept, again = once_each([_place_of(path) for path in given])
        for path in again:
            exits.warn(f"{path} was given twice and is taken once.")
        if len(kept) != 1 or least > 1:
            check_number(len(kept))
        return compared(kept, _place(kept, baseline))
    except NotComparableError as error:
        raise Failure(exits.COMMAND_LINE, str(error)) from error
    except (RunDirectoryError, LogReadError, ArchiveError) as error:
        raise Failure(exits.LOGS_FOLDER, str(error)) from error


def _place_of(given: Path) -> Path:
    """A run's directory, however it was named; an archive or a log of another name is a run as it is."""
    named_as_run = given.name in (EVENTS_FILE, LATEST_TEXT)
    return given if given.is_file() and not named_as_run else RunDirectory.open(given).path


def _place(paths: Sequence[Path], baseline: Path | None) -> int:
    if baseline is None:
        return 0
    try:
        return [path.resolve() for path in paths].index(_place_of(baseline).resolve())
    except ValueError as error:
        raise NotComparableError(f"The baseline {baseline} is not one of the runs given.") from error


def _write_html(file: Path, comparison: Comparison, *, every_setting: bool, redacted: bool) -> None:
    from core.analysis.reports.report_html import as_html

    _write(file, as_html(comparison, every_setting=every_setting, redacted=redacted).encode())


def _write(file: Path, content: bytes) -> None:
    try:
        replace_file(file, content)
    except OSError as error:
        raise Failure(
            exits.LOGS_FOLDER,
            f"Could not write {file}: {error.strerror or error}. Give a file in a folder you may write.",
        ) from error
    exits.say(f"wrote {file}")
