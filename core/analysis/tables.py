"""A run as tables: one row a participant, wait, probe and match, read once from its log.

Owns where a run is read from and what is known of it as a whole. Must not count (table_fold.py does), judge a match
anew, or keep the events: those are read again, one after the other, by whoever wants them (event_rows.py).

    from core.analysis import load_run

    run = load_run("logs/latest")
    waited = [wait.waited_s for wait in run.waits if wait.reason == "matched"]
    probes = run.table("probes").to_pandas()
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from core import events as ev
from core.analysis.rows import EventRow, MatchRow, ParticipantRow, ProbeRow, SampleRow, WaitRow
from core.analysis.summary import ThresholdStep
from core.analysis.table_fold import TableFold
from core.runlog.files import LogReadError
from core.runlog.follower import Follower
from core.runlog.run_directory import EVENTS_FILE, LATEST_TEXT, RunDirectory

if TYPE_CHECKING:
    import pyarrow as pa

RunEnd = Literal["complete", "unfinished"]

_BATCH_S = 0.05  # how long to read between two looks at whether anybody wants more: some 30,000 events in memory


@dataclass
class RunTables:
    """One run. Rows are in order of time; times `…_s` are seconds since the run started.

    `config` is the experiment as it ran (config.yaml), {} if it was not kept. `status` is "complete" if the log says
    how the run ended (`ended_reason`), else "unfinished": under way, or broken off. `thresholds` and `waiting` are step
    lines: the value holds until the next step; `waiting` is `(elapsed_s, people waiting)`. `bad_lines` counts lines
    that are no events; `problems` says in sentences what is missing or wrong.
    """

    run_id: str = ""
    experiment: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    started_at: float | None = None  # Unix seconds
    duration_s: float = 0.0  # to the last event
    status: RunEnd = "unfinished"
    ended_reason: str = ""
    simulated: bool = False
    group_size: int = 2
    matchmaker: str = ""
    program_version: str = ""
    thresholds: list[ThresholdStep] = field(default_factory=list)
    participants: list[ParticipantRow] = field(default_factory=list)
    waits: list[WaitRow] = field(default_factory=list)
    probes: list[ProbeRow] = field(default_factory=list)
    matches: list[MatchRow] = field(default_factory=list)
    waiting: list[tuple[float, int]] = field(default_factory=list)
    event_count: int = 0
    bad_lines: int = 0
    problems: list[str] = field(default_factory=list)
    path: Path | None = None  # the events file; None: made from events in memory

    def events(self) -> Iterator[EventRow]:
        """Every line of the log, read again as they are asked for. Raises LogReadError; ValueError without a log."""
        from core.analysis.event_rows import event_rows

        return event_rows(self._log(), self.run_id)

    def samples(self) -> Iterator[SampleRow]:
        """Every answer to a ping of a probe, read again as they are asked for. Raises as `events`."""
        from core.analysis.event_rows import sample_rows

        return sample_rows(self._log(), self.run_id)

    def table(self, name: str) -> pa.Table:
        """`participants`, `waits`, `probes`, `matches`, `samples` or `events` as a pyarrow table.

        All of it is in memory, events included; a large log is better exported (core/analysis/export.py).
        """
        from core.analysis.columns import COLUMNS, table_of

        if name not in COLUMNS:
            raise KeyError(f"there is no table {name!r}; there are {', '.join(COLUMNS)}")
        rows: Iterable[Any] = getattr(self, name)() if name in ("events", "samples") else getattr(self, name)
        return table_of(name, rows)

    def _log(self) -> Path:
        if self.path is None:
            raise ValueError("these tables were made from events in memory: there is no log to read again")
        return self.path


def tables_of(events: Iterable[ev.Event], *, run_id: str = "", reasons: bool = True) -> RunTables:
    """The tables of a run's events, given in the order of the log; each event is let go once it is counted.

    `run_id` is the run's name where the log does not say it. `reasons` False leaves `why_never_played` empty, which is
    faster.
    """
    fold = TableFold(run_id, reasons=reasons)
    fold.replay(events)
    run = fold.run
    return RunTables(
        run_id=fold.run_id,
        experiment=run.experiment if run else "",
        started_at=run.timestamp if run else None,
        duration_s=fold.last_elapsed_s,
        status="complete" if fold.ended_reason else "unfinished",
        ended_reason=fold.ended_reason,
        simulated=run.simulated if run else False,
        group_size=run.group_size if run else 2,
        matchmaker=run.matchmaker if run else "",
        program_version=run.program_version if run else "",
        thresholds=fold.thresholds,
        participants=fold.participants(),
        waits=fold.waits(),
        probes=fold.probes,
        matches=fold.matches(),
        waiting=fold.waiting,
        event_count=fold.event_count,
        problems=fold.problems(),
    )


def load_run(
    path: str | os.PathLike[str], *, reasons: bool = True, on_read: Callable[[int], None] = lambda _offset: None
) -> RunTables:
    """The tables of a run: its directory, a link to it such as `logs/latest`, or an events file of any name.

    What cannot be read is left out and named in `problems`. `reasons` as for `tables_of`; `on_read` is told many times
    a second how many bytes of the log were read, and may raise to end it. Raises RunDirectoryError or LogReadError,
    with a sentence on what to do, if there is no log at all.
    """
    events_path, config_path = places_of(Path(path))
    if not events_path.exists():
        raise LogReadError(f"There is no log at {events_path}. Give the directory of a run that began.")
    follower = Follower(events_path)
    fallback = events_path.parent.name if events_path.name == EVENTS_FILE else events_path.stem
    tables = tables_of(_read(follower, on_read), run_id=fallback, reasons=reasons)
    tables.path, tables.bad_lines = events_path, follower.bad_line_count
    tables.problems = [*_problems_of(follower), *tables.problems]
    if config_path is not None:
        tables.config = _config(config_path, tables.problems)
    return tables


def places_of(path: Path) -> tuple[Path, Path | None]:
    """The events file and, if there is one, config.yaml. Raises RunDirectoryError."""
    if path.is_file() and path.name not in (EVENTS_FILE, LATEST_TEXT):
        return path, None  # a log of the older kind, alone
    run = RunDirectory.open(path)
    return run.events_path, run.config_path if run.config_path.is_file() else None


def _read(follower: Follower, on_read: Callable[[int], None]) -> Iterator[ev.Event]:
    """Everything there is, a batch in memory at a time."""
    while not follower.caught_up:
        yield from follower.poll(_BATCH_S)
        on_read(follower.offset)


def _problems_of(follower: Follower) -> list[str]:
    problems = []
    if follower.bad_line_count:
        number, what = follower.bad_lines[0]
        problems.append(f"{follower.bad_line_count} unreadable lines left out; the first is line {number}: {what}")
    if follower.torn_bytes:
        problems.append("the last line is torn: it is still being written, or the program died in the midst of it")
    return problems


def _config(path: Path, problems: list[str]) -> dict[str, Any]:
    """What config.yaml says; {} and a problem if it cannot be read."""
    import yaml

    try:
        config = yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        problems.append(f"{path.name} could not be read: {str(error).splitlines()[0][:200]}")
        return {}
    return config if isinstance(config, dict) else {}
