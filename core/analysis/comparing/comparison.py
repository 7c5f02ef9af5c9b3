"""Two to twelve runs beside each other: figures with differences to one of them, and what differs in their set-up.

Owns which runs may be compared and the rows of the tables. Must not read files (run_facts.py) or draw. One way for the
command, the report and the window: all three show a Comparison. Imports numpy no sooner than runs are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.analysis.comparing.config_diff import ConfigRow, config_rows
from core.analysis.comparing.metrics import METRICS, Metric
from core.analysis.tables.run_names import own_names

if TYPE_CHECKING:
    from core.analysis.comparing.differences import Difference, Figure
    from core.analysis.comparing.run_facts import RunFacts

LEAST: Final = 2
MOST: Final = 12


class NotComparableError(ValueError):
    """These runs cannot be compared; the message says why and what to do."""


@dataclass(frozen=True)
class MetricRow:
    """One figure in every run. `differences[i]` is to the baseline; None for the baseline itself."""

    metric: Metric
    figures: tuple[Figure, ...]
    differences: tuple[Difference | None, ...]


@dataclass(frozen=True)
class Comparison:
    """Runs in the order in which they were given; `baseline` is a place among them. One run alone is a report of it."""

    runs: tuple[RunFacts, ...]
    baseline: int
    rows: tuple[MetricRow, ...]
    config: tuple[ConfigRow, ...]

    @property
    def letters(self) -> tuple[str, ...]:
        """A short name for each run: A, B, C …"""
        return tuple(letter_of(place) for place in range(len(self.runs)))

    @property
    def names(self) -> tuple[str, ...]:
        """Each run's id; runs of the same id are told apart by the folder they lie in."""
        ids = [run.run_id for run in self.runs]
        return tuple(
            run_id if ids.count(run_id) == 1 else f"{run_id} ({Path(run.path).parent})"
            for run_id, run in zip(ids, self.runs, strict=True)
        )

    @property
    def run_ids(self) -> tuple[str, ...]:
        """Each run's id as it stands in tables, where no two may have the same; `export` calls them so, too."""
        return own_names(run.run_id for run in self.runs)

    @property
    def differing(self) -> tuple[ConfigRow, ...]:
        """The settings in which runs disagree."""
        return tuple(row for row in self.config if row.differs)


def letter_of(place: int) -> str:
    """The short name of the run at this place, from 0."""
    return chr(ord("A") + place)


def check_number(number: int) -> None:
    """Whether so many runs can be compared. Raises NotComparableError."""
    if not LEAST <= number <= MOST:
        remedy = "`report` is for one run alone" if number == 1 else "leave some out"
        raise NotComparableError(f"{number} run{'s' * (number != 1)} given: compare {LEAST} to {MOST}; {remedy}.")


def once_each(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """The paths without those that name a run for the second time, and these; links count as what they lead to."""
    seen: set[Path] = set()
    kept: list[Path] = []
    again: list[Path] = []
    for path in paths:
        place = path.resolve()
        (again if place in seen else kept).append(path)
        seen.add(place)
    return kept, again


def compare(runs: Sequence[RunFacts], baseline: int = 0) -> Comparison:
    """Set runs beside each other. Raises NotComparableError if there are too many, or no such baseline."""
    if len(runs) != 1:
        check_number(len(runs))
    if not 0 <= baseline < len(runs):
        raise NotComparableError(f"The baseline must be one of the {len(runs)} runs given.")
    config = [*config_rows([run.about for run in runs]), *config_rows([run.config for run in runs])]
    return Comparison(tuple(runs), baseline, tuple(_row(metric, runs, baseline) for metric in METRICS), tuple(config))


def _row(metric: Metric, runs: Sequence[RunFacts], baseline: int) -> MetricRow:
    from core.analysis.comparing.differences import difference_of

    figures = tuple(run.figures[metric.name] for run in runs)
    differences = tuple(
        None if place == baseline else difference_of(metric.statistic, metric.resampled, figure, figures[baseline])
        for place, figure in enumerate(figures)
    )
    return MetricRow(metric, figures, differences)
