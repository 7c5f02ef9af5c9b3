"""The figures of a report as SVG: distributions, reasons, waitroom over time, timelines, differences with intervals.

Owns how each looks. Must not count anything that curve_facts.py or a projection counts. Imports numpy: only for modules
imported late.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Final

import numpy as np

from core.analysis.comparing.comparison import Comparison
from core.analysis.comparing.curve_facts import FEW, CurveKind, axis_of, drawn_curve, letter_level
from core.analysis.comparing.differences import Difference
from core.analysis.comparing.run_facts import OUTCOMES, RunFacts
from core.analysis.comparing.series import LIGHT
from core.analysis.reports.svg_plot import Plot, dashes
from core.projections import words

WIDTH: Final = 560.0
POINTS_DRAWN: Final = 900
STEPS_DRAWN: Final = 700


def curve_svg(comparison: Comparison, kind: CurveKind) -> str:
    """Every run's distribution in one frame."""
    axis = axis_of(comparison.runs, kind.name)
    plot = Plot(WIDTH, 300, axis.high, 1.0, low_x=axis.low, log_x=axis.log)
    plot.axes(kind.axis, "", y_kind="share")
    for place, (run, letter) in enumerate(zip(comparison.runs, comparison.letters, strict=True)):
        curve = drawn_curve(run.curves[kind.name])
        title = f"{letter}: {curve.summary(kind.unit)}"
        if curve.censored and len(comparison.runs) <= FEW:
            thin = curve.plain.thinned()
            plot.steps(thin.x, thin.y, place, f"{letter}: the matched alone", css="line thin")
        main = curve.main.thinned()
        end = axis.high if not curve.censored else max([*curve.censored_at, *main.x[-1:]])
        plot.steps(main.x, main.y, place, title, end_x=end if len(main.x) else None)
        if len(main.x):
            middle = int(np.argmax(main.y >= main.y[-1] * letter_level(place, len(comparison.runs))))
            at_x, at_y = plot.x(float(main.x[middle])), plot.y(float(main.y[middle]))
            plot.letter(at_x, at_y - 6, letter, f"letter s{place % len(LIGHT)}")
        for at in curve.censored_at[:: max(1, len(curve.censored_at) // 60)]:
            x, y = plot.x(at), plot.y(curve.main.at(at))
            plot.add(f'<path class="line s{place % len(LIGHT)}" d="M{x:.1f} {y - 4:.1f}v8"/>')
    return plot.svg(f"{kind.title}: {kind.about}")


def waiting_svg(comparison: Comparison) -> str:
    """How many waited, over the time since each run's start."""
    longest = max((run.duration_s for run in comparison.runs), default=0.0)
    most = max((int(run.waiting[1].max()) for run in comparison.runs if len(run.waiting[1])), default=0)
    plot = Plot(2 * WIDTH + 24, 260, longest, most * 1.05)
    plot.axes("time since the run's start", "people waiting", x_kind="clock")
    for place, (run, letter) in enumerate(zip(comparison.runs, comparison.letters, strict=True)):
        times, counts = thinned_steps(*run.waiting)
        peak = f"at most {int(run.waiting[1].max())}" if len(run.waiting[1]) else "nobody"
        plot.steps(times, counts, place, f"{letter}: {peak} waiting", start=None, end_x=run.duration_s)
    return plot.svg("People waiting over time, aligned at each run's start")


def thinned_steps(times: np.ndarray, counts: np.ndarray, most: int = STEPS_DRAWN) -> tuple[list[float], list[float]]:
    """As many steps as can be seen: of each stretch of time the last and the highest."""
    if len(times) <= most:
        return times.tolist(), counts.tolist()
    slots = np.minimum((times - times[0]) / max(float(times[-1] - times[0]), 1e-9) * (most // 2), most // 2 - 1)
    first = np.flatnonzero(np.diff(slots.astype(int), prepend=-1))
    last = np.append(first[1:], len(times)) - 1
    highest = [start + int(np.argmax(counts[start : end + 1])) for start, end in zip(first, last, strict=True)]
    kept = np.unique(np.concatenate([highest, last]))
    return times[kept].tolist(), counts[kept].tolist()


def timeline_svg(run: RunFacts, place: int, high_s: float, high_ms: float) -> str:
    """One run's probes over time with its limit, on axes that all runs share."""
    plot = Plot(WIDTH, 170, high_s, high_ms, bottom=34)
    plot.axes("time since the run's start", "P2P RTT, ms", x_kind="clock")
    probes = run.probes
    step = max(1, len(probes.ended_s) // POINTS_DRAWN)
    groups: dict[str, list[str]] = {name: [] for name in OUTCOMES}
    for at, rtt, outcome in zip(probes.ended_s[::step], probes.rtt_ms[::step], probes.outcome[::step], strict=True):
        x, y = plot.x(float(at)), plot.y(0.0 if np.isnan(rtt) else float(rtt))
        groups[OUTCOMES[outcome]].append(_POINT[OUTCOMES[outcome]].format(x, y))
    for name, points in groups.items():
        plot.add(f'<path class="{name}" d="{"".join(points)}"><title>{name}</title></path>')
    for start_s, end_s, limit in run.limits():
        at = f"M{plot.x(start_s):.1f} {plot.y(limit):.1f}H{plot.x(end_s):.1f}"
        plot.add(f'<path class="limit" d="{at}"><title>limit {limit} ms</title></path>')
    plot.add(
        f'<path class="end s{place % len(LIGHT)}" d="M{plot.x(run.duration_s):.1f} {plot.top}v{plot.inner_height}"/>'
    )
    return plot.svg("The run's probes over time, with its limit")


_POINT: Final = {
    "accepted": "M{0:.1f} {1:.1f}m-2 0a2 2 0 1 0 4 0a2 2 0 1 0 -4 0",
    "rejected": "M{0:.1f} {1:.1f}m-2.6 2h5.2l-2.6 -4.6z",
    "failed": "M{0:.1f} {1:.1f}m-2.4 -2.4l4.8 4.8m0 -4.8l-4.8 4.8",
}


def timeline_scale(runs: Sequence[RunFacts]) -> tuple[float, float]:
    """Seconds and milliseconds that hold every run's probes and limits."""
    high_ms = [float(np.nanmax(run.probes.rtt_ms)) for run in runs if np.isfinite(run.probes.rtt_ms).any()]
    limits = [float(step.max_p2p_rtt_ms) for run in runs for step in run.thresholds if step.max_p2p_rtt_ms is not None]
    return max((run.duration_s for run in runs), default=1.0), max([*high_ms, *limits], default=100.0) * 1.05


def reasons_of(comparison: Comparison) -> list[tuple[str, list[int]]]:
    """What came of probes but a match: each reason with its count in every run, most frequent first."""
    counts: dict[str, list[int]] = {}
    for place, run in enumerate(comparison.runs):
        found = np.bincount(run.probes.reason, minlength=len(run.probes.reasons))
        for reason, count in zip(run.probes.reasons, found, strict=True):
            if reason != "accepted":
                counts.setdefault(reason, [0] * len(comparison.runs))[place] += int(count)
    return sorted(counts.items(), key=lambda item: (-sum(item[1]), item[0]))


def share_text(count: int, total: int) -> str:
    """What a bar stands for: of a run without probes there is no share."""
    return f"{words.percent(count / total, 1)} · {count} of {total}" if total else "no probes"


def reasons_svg(comparison: Comparison) -> str:
    """A group of bars a reason, a bar a run, as a share of the run's probes."""
    reasons = reasons_of(comparison)
    totals = [len(run.probes.ended_s) for run in comparison.runs]
    bar, gap = 13.0, 14.0
    height = len(reasons) * (len(totals) * bar + gap + 16) + 12
    most = max((n / of for _, counts in reasons for n, of in zip(counts, totals, strict=True) if of), default=0)
    plot = Plot(2 * WIDTH + 24, max(height, 40), 1, 1, left=40)
    room, y = plot.inner_width - 170, 8.0
    for reason, counts in reasons:
        plot.text(0, y + 10, reason, css="title")
        y += 16
        for place, (count, total) in enumerate(zip(counts, totals, strict=True)):
            length = count / total / most * room if count else 0.0
            letter = comparison.letters[place]
            plot.text(30, y + bar - 3, letter, anchor="end")
            plot.add(
                f'<rect class="fill s{place % len(LIGHT)}{" second" if place >= len(LIGHT) else ""}" x="{plot.left}" '
                f'y="{y + 1:.1f}" width="{max(length, 0.5) if count else 0:.1f}" height="{bar - 2}"/>'
            )
            plot.text(plot.left + length + 6, y + bar - 3, share_text(count, total))
            y += bar
        y += gap
    return plot.svg("Probes that led to no match, by reason, as a share of each run's probes")


def whisker_svg(difference: Difference, span: float, place: int) -> str:
    """A difference as a dot with its interval, on a line whose middle is no difference and whose ends are ± `span`."""
    width, height = 150.0, 16.0
    middle = width / 2
    scale = (middle - 6) / span if span > 0 else 0.0

    def x(value: float) -> float:
        return middle + min(max(value * scale, -middle + 3), middle - 3)

    css = f"s{place % len(LIGHT)}"
    parts = [f'<path class="zero" d="M{middle} 1v14"/>']
    if difference.low is not None and difference.high is not None:
        low, high = x(difference.low), x(difference.high)
        parts.append(f'<path class="line {css}" d="M{low:.1f} 4v8M{low:.1f} 8H{high:.1f}M{high:.1f} 4v8"/>')
    if difference.value is not None:
        hollow = " hollow" if difference.low is None else ""
        parts.append(f'<circle class="fill {css}{hollow}" cx="{x(difference.value):.1f}" cy="8" r="3.4"/>')
    return (
        f'<svg class="whisker" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'aria-hidden="true">{"".join(parts)}</svg>'
    )


def span_of(differences: Sequence[Difference | None]) -> float:
    """The farthest from no difference that a row's drawings must reach."""
    ends = [
        abs(end)
        for difference in differences
        if difference is not None
        for end in (difference.value, difference.low, difference.high)
        if end is not None
    ]
    return max(ends, default=0.0)


def legend_html(comparison: Comparison, *, redacted: bool = False) -> str:
    """Letter, line and id of every run."""
    names = ["" for _ in comparison.runs] if redacted else comparison.names
    items = []
    for place, (letter, name) in enumerate(zip(comparison.letters, names, strict=True)):
        line = (
            '<svg viewBox="0 0 30 10" width="30" height="10" aria-hidden="true">'
            f'<path class="line s{place % len(LIGHT)}"{dashes(place)} d="M0 5H30"/></svg>'
        )
        role = " (baseline)" if place == comparison.baseline and len(comparison.runs) > 1 else ""
        items.append(f"<li>{line} <b>{letter}</b> {html.escape(name)}{role}</li>")
    return f'<ul class="legend">{"".join(items)}</ul>'
