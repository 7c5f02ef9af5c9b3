"""`main.py runs`: the list of runs as text, CSV or JSON.

Owns the layout. Must not count anything itself (core/analysis does).
"""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from app import exits
from app.exits import Failure
from app.who_runs import runs_on
from core.analysis.json_text import json_text
from core.analysis.runs.run_index import RunIndex, cache_places
from core.analysis.runs.run_line import RunLine, seconds_text, share_text, size_text, thresholds_text
from core.projections import words
from core.runlog.files import kind_at
from core.runlog.run_directory import RunDirectoryError

Form = Literal["text", "csv", "json"]

HEADINGS = (
    "run", "started", "experiment", "status", "lasted", "joined", "matches", "rejected", "failed", "matched in", "p95",
    "P2P RTT", "limits", "people", "tags", "size",
)  # fmt: skip
RIGHT = frozenset(HEADINGS) - {"run", "started", "experiment", "status", "limits", "people", "tags"}


def print_runs(folder: Path, form: Form = "text") -> int:
    """All runs in the folder and below, newest first. Raises Failure."""
    if kind_at(folder) == "file":
        raise Failure(exits.LOGS_FOLDER, f"{folder} is a file. Give the folder of the runs with --logs-dir.")
    if not os.path.lexists(folder):
        exits.warn(f"there is no folder {folder.absolute()}.")
    index = RunIndex(cache_places(folder, None), runs_on)
    try:
        runs = sorted(index.lines([folder]), key=lambda run: run.started_at or 0.0, reverse=True)
    except RunDirectoryError as error:
        raise Failure(exits.LOGS_FOLDER, str(error)) from error
    if form != "text":
        _for_a_file(form)
    if form == "json":
        print(json_text(runs).decode())
    elif form == "csv":
        _print_csv(runs)
    elif runs:
        print("\n".join(_table(runs)))
    else:
        print(f"No runs in {folder.resolve()}.")
    return exits.FINE


def _for_a_file(form: Form) -> None:
    """UTF-8 wherever it goes to, as programs expect it; before a table the mark without which Excel garbles umlauts."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8-sig" if form == "csv" else "utf-8", errors=sys.stdout.errors)


def _table(runs: list[RunLine]) -> Iterable[str]:
    """Columns as wide as they need; what is wrong with a run stands below it."""
    rows = [_cells(run) for run in runs]
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    yield _line(HEADINGS, widths)
    for run, row in zip(runs, rows, strict=True):
        yield _line(row, widths)
        yield from (f"  ! {words.plain(problem)}" for problem in run.problems)
    if len(runs) > 1:
        yield f"{len(runs)} runs, {size_text(sum(run.size_bytes for run in runs))}"


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    padded = (
        cell.rjust(width) if heading in RIGHT else cell.ljust(width)
        for cell, width, heading in zip(cells, widths, HEADINGS, strict=True)
    )
    return "  ".join(padded).rstrip()


def _cells(run: RunLine) -> tuple[str, ...]:
    """Participants' text never gets here, but names, tags and notes might hold anything."""
    status = f"{run.state} ({run.ended})" if run.state == "complete" else run.state
    return (
        words.plain(run.run_id),
        words.local_minute(run.started_at),
        words.plain(run.experiment),
        words.plain(status),
        words.clock_text(run.duration_s),
        str(run.participants),
        str(run.matches),
        share_text(run.rejected_share),
        share_text(run.failed_share),
        seconds_text(run.waited_s_median),
        seconds_text(run.waited_s_p95),
        words.ms(run.p2p_rtt_ms_median),
        thresholds_text(run.thresholds) if run.thresholds else "–",
        run.people,
        words.plain(", ".join(run.tags)),
        size_text(run.size_bytes),
    )


def _print_csv(runs: list[RunLine]) -> None:
    from core.analysis.tables.csv_tables import CELLS

    text = CELLS["text"]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(RunLine.__struct_fields__)
    for run in runs:
        writer.writerow([_csv_cell(value, text) for value in msgspec.structs.astuple(run)])


def _csv_cell(value: object, text: object) -> object:
    """Nothing that a spreadsheet takes for a formula; several of something are parted by semicolons."""
    assert callable(text)
    if isinstance(value, list):
        return text("; ".join("none" if one is None else str(one) for one in value))
    return text(value) if isinstance(value, str) else value
