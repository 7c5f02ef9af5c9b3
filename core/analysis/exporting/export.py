"""Runs as a folder of tables, CSV or Parquet, for spreadsheets, pandas, R, DuckDB and Spark.

Owns which tables there are and the way from logs to files. Must not keep a whole log in memory: events and samples go
through as they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import msgspec

from core import events as ev
from core.analysis.exporting.export_folder import ExportFolder
from core.analysis.exporting.parquet_tables import ParquetTables
from core.analysis.exporting.redact import Redactor
from core.analysis.exporting.run_rows import RUN_COLUMNS, run_row
from core.analysis.tables.columns import COLUMNS, Column
from core.analysis.tables.csv_tables import CsvTables
from core.analysis.tables.event_rows import event_row, samples_of
from core.analysis.tables.rows import EventRow, SampleRow
from core.analysis.tables.run_names import own_name
from core.analysis.tables.run_source import source_of
from core.analysis.tables.run_tables import RunTables, load_run

Format = Literal["csv", "parquet"]
FORMATS: Final[tuple[Format, ...]] = ("csv", "parquet")
TABLES: Final = ("runs", "participants", "waits", "probes", "samples", "matches", "events")
_FROM_MEMORY: Final = ("participants", "waits", "probes", "matches")
_ROWS_AT_ONCE: Final = 5_000

Watch = Callable[[float, str], None]
"""Told the share that is done (0 to 1) and which run it is at, many times a second; may raise to end the export."""


class ExportCancelled(Exception):
    """Somebody wanted no more of it. Nothing is left."""


class TableWriter(Protocol):
    """What a format offers."""

    def begin(self, table: str, columns: Sequence[Column], place: dict[str, str]) -> None: ...
    def write(self, table: str, rows: Iterable[Sequence[Any]]) -> None: ...
    def end(self, table: str) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class Wanted:
    """What is to be exported, and how."""

    format: Format = "csv"
    tables: tuple[str, ...] = TABLES
    redacted: bool = False
    replace: bool = False


@dataclass
class Exported:
    """What was. `names`: for each run as it was given, the name it has in the tables; `problems` by that name.

    `renamed`: those that could not have their own id as a name, since another run has it.
    """

    folder: Path
    rows: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    renamed: list[str] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)


def export_runs(paths: Sequence[Path], to: Path, wanted: Wanted, watch: Watch = lambda _share, _run: None) -> Exported:
    """Write the tables of the runs at `paths` into the new folder `to`, which is there once it is whole.

    Raises ExportError, RunDirectoryError, LogReadError or ArchiveError, each with a sentence on what to do, and what
    `watch` raises.
    """
    given = {source_of(path).path.resolve(): path for path in reversed(paths)}  # each run once, however it was given
    logs = list(reversed(given))
    sizes = [max(source_of(given[log]).size_bytes(), 1) for log in logs]
    exported = Exported(to.absolute(), rows=dict.fromkeys(wanted.tables, 0))
    folder = ExportFolder(to, replace=wanted.replace)
    with folder as part:
        writer: TableWriter = CsvTables(part) if wanted.format == "csv" else ParquetTables(part)
        job = _Job(wanted, writer, exported)
        try:
            for number, log in enumerate(logs):
                job.run(given[log], sizes[number], _part_of(watch, sum(sizes[:number]), sizes[number], sum(sizes)))
        finally:
            writer.close()
        folder.says = {"format": wanted.format, "redacted": wanted.redacted, "rows": exported.rows}
    return exported


def _part_of(watch: Watch, before: int, size: int, whole: int) -> Watch:
    """For one run of several: its share as one of all."""
    return lambda share, run: watch((before + size * share) / whole, run)


class _Job:
    """One export on its way."""

    def __init__(self, wanted: Wanted, writer: TableWriter, exported: Exported) -> None:
        self._wanted, self._writer, self._exported = wanted, writer, exported
        self._redactor = Redactor() if wanted.redacted else None
        self._run_ids: set[str] = set()

    def run(self, path: Path, size: int, watch: Watch) -> None:
        """All tables of one run; reading it is half of the work, its events the other."""
        watch(0.0, path.name)
        tables = load_run(path, on_read=lambda offset: watch(min(offset / size, 1.0) / 2, path.name))
        place = self._place(tables)
        self._exported.names[str(path)] = place["run_id"]
        if place["run_id"] != tables.run_id and not self._redactor:
            self._exported.renamed.append(str(path))
        self._exported.problems[place["run_id"]] = tables.problems
        if self._redactor:
            self._redactor.meet(tables)
        with self._tables(place, "runs"):
            self._write("runs", [run_row(tables)])
        for table in _FROM_MEMORY:
            with self._tables(place, table):
                self._write(table, map(msgspec.structs.astuple, getattr(tables, table)))
        if {"events", "samples"} & set(self._wanted.tables):
            with self._tables(place, "events", "samples"):
                self._stream(tables, lambda offset: watch(0.5 + min(offset / size, 1.0) / 2, path.name))
        watch(1.0, path.name)

    def _place(self, tables: RunTables) -> dict[str, str]:
        """Where its rows belong. A run's id is its own in all of an export, whatever experiment it is of."""
        run_id = own_name(tables.run_id, self._run_ids)
        self._run_ids.add(run_id)
        place = {"experiment": tables.experiment, "run_id": run_id}
        return self._redactor.place(place) if self._redactor else place

    @contextmanager
    def _tables(self, place: dict[str, str], *names: str) -> Iterator[None]:
        """Those of them that are wanted, open for rows."""
        wanted = [name for name in names if name in self._wanted.tables]
        for table in wanted:
            self._writer.begin(table, columns_in_files(table), place)
        yield
        for table in wanted:
            self._writer.end(table)

    def _stream(self, tables: RunTables, on_read: Callable[[int], None]) -> None:
        """Events and samples."""
        events: list[Any] = []
        samples: list[Any] = []
        for event, line in tables.lines(on_read):
            events.append(self._event(event, line))
            if isinstance(event, ev.ProbeCompleted | ev.ProbeFailed):
                samples += samples_of(event, "")
            if len(events) >= _ROWS_AT_ONCE:
                self._flush(events, samples)
        self._flush(events, samples)

    def _event(self, event: ev.Event, line: bytes) -> EventRow:
        row = event_row(event, line, "")
        return msgspec.structs.replace(row, json=self._redactor.event_json(event)) if self._redactor else row

    def _flush(self, events: list[EventRow], samples: list[SampleRow]) -> None:
        self._write("events", map(msgspec.structs.astuple, events))
        self._write("samples", map(msgspec.structs.astuple, samples))
        events.clear()
        samples.clear()

    def _write(self, table: str, rows: Any) -> None:
        """Without their first column, which is the place."""
        if table not in self._wanted.tables:
            return
        kept = [(self._redactor.row(table, row) if self._redactor else row)[1:] for row in rows]
        self._exported.rows[table] += len(kept)
        self._writer.write(table, kept)


def columns_in_files(table: str) -> tuple[Column, ...]:
    """A table's columns besides the two that say where its rows belong (`experiment`, `run_id`)."""
    return (RUN_COLUMNS if table == "runs" else COLUMNS[table])[1:]
