"""A run as tables: one row a participant, wait, probe and match, read once from its log.

Owns where a run is read from and what is known of it as a whole. Must not count (fold.py does), judge a match
anew, or keep the events: those are read again, one after the other, by whoever wants them (event_rows.py).

    from core.analysis import load_run

    run = load_run("logs/latest")
    waited = [wait.waited_s for wait in run.waits if wait.reason == "matched"]
    probes = run.table("probes").to_pandas()
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from core import events as ev
from core.analysis.summary import ThresholdStep
from core.analysis.tables import fold_rows
from core.analysis.tables.fold import ProbeSink, TableFold
from core.analysis.tables.fold_rows import ProbeRows
from core.analysis.tables.measured_probe import decode_without_answers
from core.analysis.tables.rows import EventRow, MatchRow, ParticipantRow, ProbeRow, SampleRow, WaitRow
from core.analysis.tables.run_source import OnRead, RunSource, source_of
from core.runlog.lines import decode_block
from core.runlog.log_lines import DecodeBlock, LogLines

if TYPE_CHECKING:
    import pyarrow as pa

RunEnd = Literal["complete", "unfinished"]


@dataclass
class RunHead:
    """What is known of a run as a whole.

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
    waiting: list[tuple[float, int]] = field(default_factory=list)
    event_count: int = 0
    bad_lines: int = 0
    problems: list[str] = field(default_factory=list)
    source: RunSource | None = None  # where the log is; None: made from events in memory


@dataclass
class RunTables(RunHead):
    """One run. Rows are in order of time; times `…_s` are seconds since the run started."""

    participants: list[ParticipantRow] = field(default_factory=list)
    waits: list[WaitRow] = field(default_factory=list)
    probes: list[ProbeRow] = field(default_factory=list)
    matches: list[MatchRow] = field(default_factory=list)

    def events(self) -> Iterator[EventRow]:
        """Every line of the log, read again as they are asked for. Raises OSError; ValueError without a log."""
        from core.analysis.tables.event_rows import event_rows

        return event_rows(self.lines(), self.run_id)

    def samples(self) -> Iterator[SampleRow]:
        """Every answer to a ping of a probe, read again as they are asked for. Raises as `events`."""
        from core.analysis.tables.event_rows import sample_rows

        return sample_rows(self.lines(), self.run_id)

    def table(self, name: str) -> pa.Table:
        """`participants`, `waits`, `probes`, `matches`, `samples` or `events` as a pyarrow table.

        All of it is in memory, events included; a large log is better exported (core/analysis/exporting/export.py).
        """
        from core.analysis.tables.columns import COLUMNS, table_of

        if name not in COLUMNS:
            raise KeyError(f"there is no table {name!r}; there are {', '.join(COLUMNS)}")
        rows: Iterable[Any] = getattr(self, name)() if name in ("events", "samples") else getattr(self, name)
        return table_of(name, rows)

    def lines(self, on_read: OnRead = lambda _offset: None) -> Iterator[tuple[ev.Event, bytes]]:
        """Events with their lines, read again, up to where these tables end: a live log may have grown since."""
        if self.source is None:
            raise ValueError("these tables were made from events in memory: there is no log to read again")
        return islice(LogLines(self.source.blocks(on_read)), self.event_count)


def tables_of(events: Iterable[ev.Event], *, run_id: str = "", reasons: bool = True) -> RunTables:
    """The tables of a run's events, given in the order of the log; each event is let go once it is counted.

    `run_id` is the run's name where the log does not say it. `reasons` False leaves `why_never_played` empty, which is
    faster.
    """
    probes = ProbeRows()
    fold = TableFold(probes, run_id, reasons=reasons)
    fold.replay(events)
    return _tables(head_of(fold), fold, probes.rows)


def load_run(
    path: str | os.PathLike[str], *, reasons: bool = True, on_read: OnRead = lambda _offset: None
) -> RunTables:
    """The tables of a run: its directory, a link such as `logs/latest`, an archive, or an events file of any name.

    What cannot be read is left out and named in `problems`. `reasons` as for `tables_of`; `on_read` is told many times
    a second how many bytes of the log were read, and may raise to end it. Raises RunDirectoryError, LogReadError or
    ArchiveError (all of them OSError), with a sentence on what to do, if there is no log at all.
    """
    probes = ProbeRows()
    decode = decode_block if reasons else decode_without_answers
    return _tables(*read_run(path, probes, decode, reasons=reasons, on_read=on_read), probes.rows)


def read_run(
    path: str | os.PathLike[str],
    probes: ProbeSink,
    decode: DecodeBlock,
    *,
    reasons: bool,
    on_read: OnRead = lambda _offset: None,
) -> tuple[RunHead, TableFold]:
    """As `load_run`, before there are rows; probes go to `probes` as they come, as far as `decode` has them."""
    source = source_of(Path(path))
    lines = LogLines(source.blocks(on_read))
    fold = TableFold(probes, source.name, reasons=reasons)
    for events in lines.event_blocks(decode):
        fold.replay(events)
    head = head_of(fold)
    head.source, head.bad_lines = source, lines.bad_line_count
    head.problems = [*lines.problems(), *head.problems]
    head.config = _config(source, head.problems)
    return head, fold


def head_of(fold: TableFold) -> RunHead:
    """What the events say of the run as a whole."""
    run = fold.run or ev.RunStarted(run_id="")
    return RunHead(
        run_id=fold.run_id,
        experiment=run.experiment,
        started_at=run.timestamp if fold.run else None,
        duration_s=fold.last_elapsed_s,
        status="complete" if fold.ended_reason else "unfinished",
        ended_reason=fold.ended_reason,
        simulated=run.simulated,
        group_size=run.group_size,
        matchmaker=run.matchmaker,
        program_version=run.program_version,
        thresholds=fold.thresholds,
        waiting=fold.waiting,
        event_count=fold.event_count,
        problems=fold.problems(),
    )


def _tables(head: RunHead, fold: TableFold, probes: list[ProbeRow]) -> RunTables:
    return RunTables(
        **vars(head),
        participants=fold_rows.participants(fold, probes),
        waits=fold_rows.waits(fold),
        probes=probes,
        matches=fold_rows.matches(fold),
    )


def _config(source: RunSource, problems: list[str]) -> dict[str, Any]:
    """What config.yaml says; {} and a problem if it cannot be read."""
    import yaml

    try:
        text = source.config_text()
        config = None if text is None else yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        problems.append(f"config.yaml could not be read: {str(error).splitlines()[0][:200]}")
        return {}
    return config if isinstance(config, dict) else {}
