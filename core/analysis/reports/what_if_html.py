"""Answers to "what if" as one HTML file that needs nothing beside it: a curve a figure, tables, and what they rest on.

Owns the page's order. Must not word what the page in the window words, too (answer.py does). No script, no network;
everything that came from people is escaped.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from core.analysis.comparing.series import LIGHT
from core.analysis.reports.svg_plot import LETTER_HIGH, Plot, dashes
from core.analysis.what_if import answer as wi
from core.analysis.what_if.text import COLUMNS, cells_of, cells_that_happened
from core.projections import words

STYLE: Final = Path(__file__).resolve().parents[3] / "resources" / "report.css"
TITLES: Final[dict[wi.Figure, str]] = {
    "matches": "Matches",
    "people_matched": "People matched",
    "waited_s_median": "Matched in, median, s",
    "waited_s_p95": "Matched in, 95th percentile, s",
    "left_over": "Left over: waited, and were in no match",
}
DRAWN: Final[tuple[wi.Figure, ...]] = ("matches", "waited_s_median", "waited_s_p95", "left_over")
ABOUT: Final = (
    "Lines are what would have come of each run under one RTT limit from start to end, re-enacted with the real "
    "matchmaker; bands are where nine of ten draws lie. Marked points are what happened, as recorded. Pairs "
    "that were never measured are estimated. “Matched in” is how long those waited who were matched."
)


def as_html(answers: Sequence[wi.WhatIf], now_unix_s: float | None = None) -> str:
    """The whole page."""
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(now_unix_s))
    body = [
        "<h1>What if: other RTT limits</h1>",
        f'<p class="muted">Made by Greenroom on {made}. Re-enacted, not recorded.</p>',
        f"<p>{escape(ABOUT)}</p>",
        '<div class="curves">',
        *(f"<figure><h3>{escape(TITLES[name])}</h3>{curve_svg(answers, name)}</figure>" for name in DRAWN),
        "</div>",
        *(_run(wi.letter_of(place), answer) for place, answer in enumerate(answers)),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>What if</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}{_OWN_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


_GRID: Final = (
    ".curves { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 8px 24px; }\n"
)
_OWN_STYLE: Final = (
    _GRID
    + "".join(f".b{n} {{ fill: var(--s{n}); opacity: 0.18; }}\n" for n in range(len(LIGHT)))
    + "".join(f".p{n} {{ fill: var(--ground); stroke: var(--s{n}); stroke-width: 2.5; }}\n" for n in range(len(LIGHT)))
)


def curve_svg(answers: Sequence[wi.WhatIf], name: wi.Figure) -> str:
    """One figure against the limit, a line a run, with its band and the point that happened."""
    curves = [
        [(p.limit_ms, value) for p in a.points if p.limit_ms is not None and (value := p.figure(name))] for a in answers
    ]
    limits = [limit for curve in curves for limit, _ in curve]
    if not limits:
        return "<p>Nothing was measured, so there is no curve.</p>"
    happened = [getattr(answer.happened, name) for answer in answers]
    high = max([*(value.high for curve in curves for _, value in curve), *(value or 0 for value in happened)])
    plot = Plot(580, 280, max(limits) * 1.04, high * 1.05, left=40.0)
    plot.axes("RTT limit, ms", "")
    for place, (answer, curve) in enumerate(zip(answers, curves, strict=True)):
        _draw(plot, place, answer, curve, happened[place])
    _add_letters(plot, curves)
    return plot.svg(f"{TITLES[name]} against the RTT limit")


def _add_letters(plot: Plot, curves: Sequence[Sequence[tuple[int, wi.Range]]]) -> None:
    """Beside each line's start; one above the other where lines start together, from the lowest upwards."""
    starts = [(plot.y(curve[0][1].mid), plot.x(curve[0][0]), place) for place, curve in enumerate(curves) if curve]
    places, above = [], math.inf
    for y, x, place in sorted(starts, reverse=True):
        above = min(y, above - LETTER_HIGH - 2)
        places.append((x, above, place))
    down = max(0.0, plot.top + 2 * LETTER_HIGH - above) if places else 0.0
    for x, y, place in places:
        plot.letter(x, y + down, wi.letter_of(place), f"letter s{place % len(LIGHT)}")


def _draw(
    plot: Plot, place: int, answer: wi.WhatIf, curve: Sequence[tuple[int, wi.Range]], happened: float | None
) -> None:
    hue, title = place % len(LIGHT), escape(words.plain(answer.run))
    above = [f"{plot.x(limit):.1f} {plot.y(value.high):.1f}" for limit, value in curve]
    below = [f"{plot.x(limit):.1f} {plot.y(value.low):.1f}" for limit, value in reversed(curve)]
    middle = [f"{plot.x(limit):.1f} {plot.y(value.mid):.1f}" for limit, value in curve]
    if curve:
        plot.add(f'<path class="b{hue}" d="M{"L".join([*above, *below])}Z"/>')
        plot.add(f'<path class="line s{hue}"{dashes(place)} d="M{"L".join(middle)}"><title>{title}</title></path>')
    at_ms = answer.happened_at
    if at_ms is not None and happened is not None:
        told = f"{title}, as recorded: {happened:g} at {escape(wi.limits_text(answer.limits))}"
        at = f'cx="{plot.x(at_ms):.1f}" cy="{plot.y(happened):.1f}"'
        plot.add(f'<circle class="p{hue}" {at} r="5"><title>{told}</title></circle>')


def _run(letter: str, answer: wi.WhatIf) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in COLUMNS)
    rows = [cells_that_happened(answer), *map(cells_of, answer.points)]
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    told = [wi.error_text(answer.error), wi.likeness_text(answer.likeness), *answer.notes]
    return (
        f"<h2>{letter} · {escape(words.plain(answer.run))}</h2>"
        f"<p>{escape(words.plain(answer.experiment))}, re-enacted with {escape(words.plain(answer.matchmaker))}: "
        f"{answer.people} people, {answer.measured_pairs} pairs measured.</p>"
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        f"<p>{'<br>'.join(map(escape, told))}</p>"
    )
