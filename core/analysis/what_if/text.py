"""Answers to "what if" as a table for a terminal, and as CSV.

Owns their columns. Must not word what the page words, too (answer.py does), nor work anything out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from core.analysis.tables.csv_tables import CELLS
from core.analysis.what_if import answer as wi
from core.projections import words

COLUMNS: Final = (
    "limit", "matches", "people matched", "matched in s", "p95 s", "left over", "pairs estimated", "misjudged",
)  # fmt: skip
HEADINGS: Final = (
    "run", "source", "matchmaker", "limit_ms", "draws",
    *(f"{name}{end}" for name in wi.FIGURES for end in ("", "_low", "_high")),
    "gave_up", "pairs", "pairs_estimated", "probes_estimated_share", "held_back_misjudged_share",
    "held_back_pairs", "held_back_error_ms_median", "held_back_error_ms_low", "held_back_error_ms_high",
)  # fmt: skip


def cells_of(point: wi.Point) -> list[str]:
    """A limit's row under COLUMNS."""
    estimated = f"{point.estimated:.0f} of {point.pairs:.0f}" if point.pairs else "–"
    return [
        wi.limit_text(point.limit_ms), wi.range_text(point.matches), wi.range_text(point.people_matched),
        wi.range_text(point.waited_s_median, digits=1), wi.range_text(point.waited_s_p95, digits=1),
        wi.range_text(point.left_over), estimated, wi.misjudged_text(point),
    ]  # fmt: skip


def cells_that_happened(answer: wi.WhatIf) -> list[str]:
    """What the log says, under COLUMNS."""
    happened = answer.happened
    seconds = ["–" if s is None else f"{s:.1f}" for s in (happened.waited_s_median, happened.waited_s_p95)]
    figures = [str(happened.matches), str(happened.people_matched), *seconds, str(happened.left_over)]
    return [f"happened: {wi.limits_text(answer.limits)}", *figures, "–", "–"]


def as_text(answer: wi.WhatIf) -> str:
    """One run's answer: what happened, a line a limit, and what the figures rest on."""
    name, experiment = words.plain(answer.run), words.plain(answer.experiment)
    people = f"{answer.people} people, {answer.measured_pairs} pairs measured"
    rows = [list(COLUMNS), cells_that_happened(answer), *map(cells_of, answer.points)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = [f"{name} ({experiment}), re-enacted with {words.plain(answer.matchmaker)}: {people}"]
    for row in rows:
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join([row[0].ljust(len(first)), *others]))
    draws = max((point.draws for point in answer.points), default=1)
    if draws > 1:
        lines.append(
            f"In brackets: where nine of ten draws lie ({draws} were made). They cover what was not measured, and who"
        )
        lines.append("would have given up; not that other people might have come.")
    told = [wi.error_text(answer.error), wi.likeness_text(answer.likeness), *answer.notes]
    return "\n".join([*lines, *told])


def as_csv(answers: Iterable[wi.WhatIf]) -> str:
    """HEADINGS, and a line for what happened and each limit of each run. No text can be a formula."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for answer in answers:
        for row in csv_rows(answer):
            writer.writerow(["" if cell is None else _cell(cell) for cell in row])
    return file.getvalue()


def _cell(value: object) -> str:
    return CELLS["text"](value) if isinstance(value, str) else repr(value)


def csv_rows(answer: wi.WhatIf) -> Iterable[Sequence[object]]:
    """First what happened, as recorded, then a line a limit, as re-enacted."""
    happened, error = answer.happened, answer.error
    held_back: list[object] = [None] * 4
    if error is not None:
        held_back = [error.pairs, error.median_abs_ms, error.low_ms, error.high_ms]
    figures: list[object] = [getattr(happened, name) for name in wi.FIGURES for _ in range(3)]
    limits = wi.limits_text(answer.limits)
    yield [
        answer.run,
        "recorded",
        answer.own_matchmaker,
        limits,
        None,
        *figures,
        happened.gave_up,
        *[None] * 4,
        *held_back,
    ]
    for point in answer.points:
        figures = []
        for name in wi.FIGURES:
            value = point.figure(name)
            figures += [None] * 3 if value is None else [value.mid, value.low, value.high]
        limit = "none" if point.limit_ms is None else point.limit_ms
        shares = [point.gave_up.mid, point.pairs, point.estimated, point.probes_estimated, point.misjudged]
        yield [answer.run, "re-enacted", answer.matchmaker, limit, point.draws, *figures, *shares, *held_back]
