"""`main.py compare` and `main.py report`: runs beside each other, or one alone, as text, CSV, JSON or one HTML file.

Owns which files are written and what is said. Must not compute or lay out a figure (core/analysis does).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app import exits, output_files
from app.comparisons import compared
from app.exits import Failure
from app.runs_meant import place_of, runs_meant
from core.analysis.comparing.comparison import Comparison, NotComparableError, check_number
from core.runlog.archive_file import ArchiveError
from core.runlog.files import LogReadError, kind_at
from core.runlog.run_directory import RunDirectory, RunDirectoryError


def print_comparison(
    given: Sequence[Path], baseline: Path | None, *, every_setting: bool = False, redacted: bool = False,
    csv_file: Path | None = None, html_file: Path | None = None, json_file: Path | None = None,
) -> int:  # fmt: skip
    """The tables as text, and the files asked for. Raises Failure.

    The files come first: whoever reads the text may stop reading (`| head`) before it is all printed.
    """
    from core.analysis.comparing import comparison_text

    output_files.check({"--csv": csv_file, "--json": json_file, "--html": html_file})
    comparison = _compare(given, baseline)
    try:
        if csv_file is not None:
            output_files.write(csv_file, comparison_text.as_csv(comparison).encode("utf-8-sig", "replace"))
        if json_file is not None:
            output_files.write(json_file, comparison_text.as_json(comparison))
        if html_file is not None:
            _write_html(html_file, comparison, every_setting=every_setting, redacted=redacted)
    finally:
        print(comparison_text.as_text(comparison, every_setting=every_setting))
    return exits.FINE


def write_report(given: Sequence[Path], html_file: Path, *, every_setting: bool = False, redacted: bool = False) -> int:
    """One HTML file, of one run or a comparison to the first. Raises Failure."""
    output_files.check({"--html": html_file})
    comparison = _compare(given, None, least=1)
    _write_html(html_file, comparison, every_setting=every_setting, redacted=redacted)
    return exits.FINE


def _compare(given: Sequence[Path], baseline: Path | None, least: int = 2) -> Comparison:
    try:
        kept = [_place_of(path) for path in runs_meant(given)]
        if len(kept) != 1 or least > 1:
            check_number(len(kept))
        return compared(kept, _place(kept, baseline))
    except NotComparableError as error:
        raise Failure(exits.COMMAND_LINE, str(error)) from error
    except (RunDirectoryError, LogReadError, ArchiveError) as error:
        raise Failure(exits.LOGS_FOLDER, str(error)) from error


def _place_of(path: Path) -> Path:
    """Raises RunDirectoryError if there is no run."""
    place = place_of(path)
    return place if kind_at(place) == "file" else RunDirectory.open(place).path


def _place(paths: Sequence[Path], baseline: Path | None) -> int:
    if baseline is None:
        return 0
    try:
        return paths.index(_place_of(baseline))
    except ValueError as error:
        raise NotComparableError(f"The baseline {baseline} is not one of the runs given.") from error


def _write_html(file: Path, comparison: Comparison, *, every_setting: bool, redacted: bool) -> None:
    from core.analysis.reports.report_html import as_html

    output_files.write(file, as_html(comparison, every_setting=every_setting, redacted=redacted).encode())
