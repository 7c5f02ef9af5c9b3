"""Who stands behind a point of a chart: the people whose values, probes or stays are drawn there.

Owns the way from a place in a comparison's charts back to participants. Must not draw. Imports numpy: only for modules
imported late.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.analysis.comparing.comparison import Comparison
from core.analysis.comparing.curve_facts import CurveKind
from core.analysis.comparing.run_facts import OUTCOMES, RunFacts
from core.projections import words

NEAREST: Final = 10
MOST: Final = 500


@dataclass(frozen=True)
class Behind:
    """`people` of the run at `place`; `title` says what they have in common, `left_out` how many more there are."""

    place: int
    title: str
    people: tuple[str, ...]
    left_out: int = 0


def _behind(place: int, title: str, run: RunFacts, who: np.ndarray) -> Behind:
    people = run.names(who.ravel().tolist())
    return Behind(place, title, tuple(people[:MOST]), max(0, len(people) - MOST))


def of_curve(comparison: Comparison, place: int, kind: CurveKind, x: float) -> Behind:
    """The people of the values nearest to x."""
    run = comparison.runs[place]
    curve = run.curves[kind.name]
    nearest = np.argsort(np.abs(curve.values - x), kind="stable")[:NEAREST]
    letter = comparison.letters[place]
    if not len(nearest):
        return Behind(place, f"{letter}: nobody", ())
    low, high = (f"{value:.3g}" for value in (curve.values[nearest].min(), curve.values[nearest].max()))
    span = f"{low}\u00a0{kind.unit}" if low == high else f"{low} to {high}\u00a0{kind.unit}"
    return _behind(place, f"{letter}, {kind.title}: the {len(nearest)} nearest values, {span}", run, curve.who[nearest])


def of_reason(comparison: Comparison, place: int, reason: str) -> Behind:
    """Everybody who was in a probe that came to this."""
    run = comparison.runs[place]
    letter = comparison.letters[place]
    if reason not in run.probes.reasons:
        return Behind(place, f"{letter}, {reason}: nobody", ())
    found = run.probes.reason == run.probes.reasons.index(reason)
    return _behind(place, f"{letter}, {reason}: {int(found.sum())} probes", run, run.probes.who[found])


def of_moment(comparison: Comparison, place: int, elapsed_s: float) -> Behind:
    """Everybody who waited at this moment, longest first."""
    run = comparison.runs[place]
    there = (run.stays.entered_s <= elapsed_s) & (run.stays.left_s > elapsed_s)
    order = np.argsort(run.stays.entered_s[there], kind="stable")
    title = f"{comparison.letters[place]}, waiting at {words.clock_text(elapsed_s)}"
    return _behind(place, title, run, run.stays.who[there][order])


def of_probe(comparison: Comparison, place: int, probe: int) -> Behind:
    """The two who were measured."""
    run = comparison.runs[place]
    rtt = run.probes.rtt_ms[probe]
    what = words.ms(float(rtt)) if np.isfinite(rtt) else run.probes.reasons[run.probes.reason[probe]]
    outcome = OUTCOMES[run.probes.outcome[probe]]
    at = words.clock_text(float(run.probes.ended_s[probe]))
    title = f"{comparison.letters[place]}, probe at {at}: {what}" + (f", {outcome}" if np.isfinite(rtt) else "")
    return _behind(place, title, run, run.probes.who[probe])


def of_metric(comparison: Comparison, place: int, name: str) -> Behind:
    """Those behind a figure whose people can be told: the never matched, for instance."""
    run = comparison.runs[place]
    letter = comparison.letters[place]
    if name == "never_matched_pct":
        curve = run.curves["time_to_match_s"]
        return _behind(place, f"{letter}: never matched", run, curve.who[~curve.observed][::-1])
    if name in ("rejected_pct", "failed_pct"):
        wanted = OUTCOMES.index("rejected" if name == "rejected_pct" else "failed")
        found = run.probes.outcome == wanted
        return _behind(place, f"{letter}: in probes that were {OUTCOMES[wanted]}", run, run.probes.who[found])
    curve_name = next((curve for curve in run.curves if name.startswith(curve)), None)
    if curve_name is None:
        return Behind(place, f"{letter}: everybody", tuple(run.people[:MOST]), max(0, len(run.people) - MOST))
    curve = run.curves[curve_name]
    return _behind(place, f"{letter}: largest values first", run, curve.who[::-1])
