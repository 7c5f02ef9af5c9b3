"""One line of the list of runs: what its columns say, and in words what is wrong with a run.

Owns the verdict on a log: complete, running, interrupted or damaged. Must not read files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import msgspec

from core.analysis.runs.quick_summary import ListFigures
from core.projections import words
from core.runlog.find_runs import FoundRun
from core.runlog.run_directory import Manifest, time_in_name
from core.runlog.run_notes import RunNotes

RunState = Literal["complete", "running", "interrupted", "damaged"]
People = Literal["real", "simulated", "mixed"]
STATES: Final[tuple[RunState, ...]] = ("complete", "running", "interrupted", "damaged")
PEOPLE: Final[tuple[People, ...]] = ("real", "simulated", "mixed")


class RunLine(msgspec.Struct, frozen=True, kw_only=True):
    """A run. Shares are of all its probes, retries counted each; None where there is nothing to take a figure from.

    `problems` are sentences, `ended` says in words how it came to its end. `started_at` is Unix seconds.
    """

    path: str
    run_id: str
    experiment: str = ""
    started_at: float | None = None
    duration_s: float | None = None
    participants: int = 0
    matches: int = 0
    rejected_share: float | None = None
    failed_share: float | None = None
    waited_s_median: float | None = None
    waited_s_p95: float | None = None
    p2p_rtt_ms_median: float | None = None
    thresholds: list[int | None] = []
    people: People = "real"
    state: RunState = "complete"
    ended: str = ""
    problems: list[str] = []
    tags: list[str] = []
    note: str = ""
    size_bytes: int = 0
    events: int = 0


def run_line(
    found: FoundRun,
    figures: ListFigures,
    manifest: Manifest | None,
    notes: RunNotes,
    *,
    running: bool,
    problems: list[str],
) -> RunLine:
    """All that is known of a run, what was wrong in finding it out (`problems`) before what is wrong in its log."""
    state, wrong = _verdict(found, figures, running)
    probes = figures.probes_accepted + figures.probes_rejected + figures.probes_failed
    started_at = figures.started_at if manifest is None or manifest.started_at is None else manifest.started_at
    simulated_run = figures.simulated_run or (manifest is not None and manifest.simulated)
    return RunLine(
        path=str(found.path),
        run_id=found.path.name,
        experiment=figures.experiment or (manifest.experiment if manifest is not None else ""),
        started_at=time_in_name(found.path.name) if started_at is None else started_at,
        duration_s=figures.duration_s if figures.events else None,
        participants=figures.joined,
        matches=figures.matches,
        rejected_share=figures.probes_rejected / probes if probes else None,
        failed_share=figures.probes_failed / probes if probes else None,
        waited_s_median=figures.waited_s_median,
        waited_s_p95=figures.waited_s_p95,
        p2p_rtt_ms_median=figures.p2p_rtt_ms_median,
        thresholds=figures.thresholds,
        people=_people(figures, simulated_run),
        state="damaged" if found.problem else state,
        ended=_ended(figures, running),
        problems=[*problems, *wrong],
        tags=notes.tags,
        note=notes.note,
        size_bytes=found.size_bytes,
        events=figures.events,
    )


def _verdict(found: FoundRun, figures: ListFigures, running: bool) -> tuple[RunState, list[str]]:
    """Its state and what is wrong in its log. What an engine is writing at this moment may end in half a line."""
    wrong = _wrong_in_log(found, figures) if not running or figures.bad_lines else []
    if running:
        return "running", wrong
    if wrong:
        return "damaged", wrong
    torn = (
        [f"its last {figures.torn_bytes} bytes are half a line: writing broke off there"] if figures.torn_bytes else []
    )
    if figures.ended_reason is None:
        return "interrupted", [*torn, "its log does not say that it ended: the engine stopped before"]
    if torn:
        return "damaged", torn
    if figures.ended_reason == "log_failed":
        return "interrupted", [f"{words.RUN_ENDS['log_failed']}: what came after is missing"]
    return "complete", []


def _wrong_in_log(found: FoundRun, figures: ListFigures) -> list[str]:
    if found.problem:
        return [found.problem]
    if found.events is None:
        return ["it has no log (events.jsonl)"]
    if not figures.events and not figures.bad_lines:
        return ["its log is empty"]
    wrong = []
    if figures.bad_lines:
        lines = "one line of its log is" if figures.bad_lines == 1 else f"{figures.bad_lines} lines of its log are"
        wrong.append(f"{lines} no event and left out ({words.plain(figures.problems[0])})")
    if figures.started_at is None:
        wrong.append("its log does not begin as a run does: it is cut, or another program's")
    return wrong


def _people(figures: ListFigures, simulated_run: bool) -> People:
    if simulated_run or (figures.joined and figures.simulated == figures.joined):
        return "simulated"
    return "mixed" if figures.simulated else "real"


def _ended(figures: ListFigures, running: bool) -> str:
    if running:
        return "is on"
    reason = figures.ended_reason
    return "broke off" if reason is None else words.RUN_ENDS.get(reason, reason)


def thresholds_text(thresholds: list[int | None]) -> str:
    """`150 ms`, `150 → 80 → no limit`; the same one after itself once."""
    steps = [step for place, step in enumerate(thresholds) if place == 0 or step != thresholds[place - 1]]
    if len(steps) == 1:
        return words.limit_text(steps[0])
    return " → ".join("no limit" if step is None else str(step) for step in steps)


def share_text(share: float | None) -> str:
    """In percent: `12 %`, `0.4 %`."""
    if share is None:
        return "–"
    return words.percent(share, decimals=1 if 0 < share < 0.0995 else 0)


def seconds_text(seconds: float | None) -> str:
    """`8.4 s`, `152 s`."""
    if seconds is None:
        return "–"
    return f"{seconds:.1f} s" if seconds < 99.95 else f"{seconds:.0f} s"


def size_text(size_bytes: int) -> str:
    """`812 B`, `1.2 MB`: in powers of 1,000, as file managers count."""
    if size_bytes < 1_000:
        return f"{size_bytes} B"
    size, units = size_bytes / 1_000, ["TB", "GB", "MB", "kB"]
    while size >= 999.5 and len(units) > 1:
        size /= 1_000
        units.pop()
    return f"{size:.1f} {units[-1]}" if size < 9.95 else f"{size:.0f} {units[-1]}"


def name_of(path: str) -> str:
    """A run's directory as it may stand in a sentence."""
    return words.plain(Path(path).name)
