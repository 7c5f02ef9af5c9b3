"""A comparison for a terminal, as CSV (one line a figure and run) and as JSON.

Owns layout and columns. Must not compute a figure, nor write a file: it returns text.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

from core.analysis.comparing.comparison import Comparison, MetricRow
from core.analysis.comparing.config_diff import ConfigRow
from core.analysis.comparing.differences import CONFIDENCE, METHODS, Difference
from core.analysis.comparing.metrics import Metric
from core.analysis.json_text import json_text
from core.analysis.tables.csv_tables import CELLS
from core.projections import words

CSV_COLUMNS: Final = (
    "metric", "title", "unit", "run", "run_id", "simulated", "baseline", "n", "value", "difference", "ci_low",
    "ci_high", "ci_method", "no_ci_because", "resampled", "units", "definition",
)  # fmt: skip
_CELL_AT_MOST: Final = 46


def interval_text(metric: Metric, difference: Difference | None) -> str:
    """`+12 ms [+3, +21]`, or the difference and why there is no interval; "" for the baseline."""
    if difference is None:
        return ""
    if difference.value is None:
        return "–"
    value = metric.text(difference.value, signed=True)
    if difference.low is None or difference.high is None:
        return value
    low, high = (_bare(metric, end) for end in (difference.low, difference.high))
    return f"{value} [{low}, {high}]"


def _bare(metric: Metric, value: float) -> str:
    return metric.text(value, signed=True).removesuffix(metric.difference_unit).rstrip()


def spoken(metric: Metric, difference: Difference) -> str:
    """A difference in a sentence, with method or reason."""
    if difference.value is None:
        return f"No difference to the baseline: {difference.reason}."
    value = metric.text(difference.value, signed=True)
    if difference.low is None or difference.high is None:
        return f"{value} against the baseline. No interval: {difference.reason}."
    low, high = _bare(metric, difference.low), metric.text(difference.high, signed=True)
    return f"{value} against the baseline; {words.percent(CONFIDENCE)} interval {low} to {high} ({difference.method})."


def as_text(comparison: Comparison, *, every_setting: bool = False) -> str:
    """For a terminal: runs, what differs in their set-up, figures. Texts from people cannot steer the terminal."""
    parts = [_runs_text(comparison), _config_text(comparison, every_setting=every_setting), _figures_text(comparison)]
    if len(comparison.runs) > 1:
        parts.append(
            "Differences are to the baseline, with 95 % confidence intervals; pp: percentage points (methods: --html)."
        )
    return "\n\n".join(part for part in parts if part)


def _runs_text(comparison: Comparison) -> str:
    lines = []
    for place, (letter, name, run) in enumerate(
        zip(comparison.letters, comparison.names, comparison.runs, strict=True)
    ):
        marks = [date_text(run.started_at), words.plain(run.experiment) or "no experiment named"]
        marks += ["SIMULATED"] * run.simulated + [run.status] * (run.status != "complete")
        marks += [bad_lines_text(run.bad_lines)] * bool(run.bad_lines)
        marks += ["baseline"] * (place == comparison.baseline and len(comparison.runs) > 1)
        lines.append(f"{letter}  {words.plain(name)}  {', '.join(marks)}")
        lines += [f"   ! {words.plain(problem)}" for problem in run.problems]
    return "\n".join(lines)


def _config_text(comparison: Comparison, *, every_setting: bool) -> str:
    rows: Sequence[ConfigRow] = comparison.config if every_setting else comparison.differing
    if not rows:
        return "" if len(comparison.runs) == 1 else "Set-up: no difference."
    head = ["Set-up" if every_setting else "Set-up, where it differs", *comparison.letters]
    return _table([head, *([row.name, *map(_cut, row.values)] for row in rows)])


def _figures_text(comparison: Comparison) -> str:
    lines = [["Figures", *(f"{letter} (n)" for letter in comparison.letters)]]
    for row in comparison.rows:
        cells = [f"{row.metric.text(figure.value)} ({figure.n})" for figure in row.figures]
        lines.append([row.metric.title, *cells])
        if any(row.differences):
            lines.append(["", *(interval_text(row.metric, difference) for difference in row.differences)])
    return _table(lines)


def _cut(text: str) -> str:
    return text if len(text) <= _CELL_AT_MOST else text[: _CELL_AT_MOST - 1] + "…"


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def bad_lines_text(count: int) -> str:
    """How many lines of a log were no events."""
    return f"{count or 'no'} unreadable line{'s' * (count != 1)}" + " left out" * bool(count)


def date_text(unix_s: float | None) -> str:
    """Local date and time."""
    return "start unknown" if unix_s is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(unix_s))


# --- for programs -----------------------------------------------------------------------------------------------------


def as_csv(comparison: Comparison) -> str:
    """CSV_COLUMNS, one line a figure and run; empty where there is nothing. No text can be a formula."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    text = CELLS["text"]
    for line in _lines(comparison):
        writer.writerow([text(cell) if isinstance(cell, str) else _plain(cell) for cell in line])
    return file.getvalue()


def _plain(value: float | bool | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else repr(value)


def _lines(comparison: Comparison) -> Iterable[tuple[Any, ...]]:
    run_ids = comparison.run_ids
    for row in comparison.rows:
        for place, run in enumerate(comparison.runs):
            yield (
                row.metric.name, row.metric.title, row.metric.unit, comparison.letters[place], run_ids[place],
                run.simulated, place == comparison.baseline, row.figures[place].n, row.figures[place].value,
                *_difference_cells(row, place), row.metric.resampled, row.figures[place].units, row.metric.definition,
            )  # fmt: skip


def _difference_cells(row: MetricRow, place: int) -> tuple[Any, ...]:
    one = row.differences[place] or Difference(None)
    return one.value, one.low, one.high, one.method, one.reason


def as_json(comparison: Comparison) -> bytes:
    """Everything of the tables, with definitions and methods, indented for people who look."""
    runs = [
        {
            "run": letter, "run_id": run_id, "path": run.path, "experiment": run.experiment,
            "started_at": run.started_at, "duration_s": run.duration_s, "status": run.status,
            "simulated": run.simulated, "program_version": run.program_version, "events": run.event_count,
            "bad_lines": run.bad_lines, "problems": run.problems, "about": run.about, "config": run.config,
        }
        for letter, run_id, run in zip(comparison.letters, comparison.run_ids, comparison.runs, strict=True)
    ]  # fmt: skip
    figures = [dict(zip(CSV_COLUMNS, line, strict=True)) for line in _lines(comparison)]
    whole = {
        "runs": runs,
        "baseline": comparison.letters[comparison.baseline],
        "differs": [row.name for row in comparison.differing],
        "figures": figures,
        "methods": METHODS,
    }
    return json_text(whole) + b"\n"
