"""How a report's figures are drawn: letters beside lines, never on the axis; colours as in the window."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree

import pytest

from core.analysis.comparing import series
from core.analysis.comparing.comparison import compare
from core.analysis.comparing.run_facts import facts_of
from core.analysis.reports import figures_svg, report_html, what_if_html
from core.analysis.reports.svg_plot import LETTER_HIGH, LETTER_WIDE, Plot
from core.analysis.tables.run_tables import tables_of
from core.analysis.what_if import answer as wi
from tests.analysis.comparable import story
from tests.projections.stories import Story


def letters_of(svg: str) -> list[tuple[float, float, str]]:
    """Where each letter's box begins, its middle, and which it is."""
    found = []
    for text in ElementTree.fromstring(svg).iter("text"):
        if text.get("class", "").startswith("letter"):
            at_x = float(text.get("x", "")) - (LETTER_WIDE if text.get("text-anchor") == "end" else 0)
            found.append((at_x, float(text.get("y", "")) - LETTER_HIGH / 2, text.text or ""))
    return found


@pytest.mark.parametrize("value", [0.0, 0.5, 3.0, 50.0, 100.0])
@pytest.mark.parametrize("height", [0.0, 0.5, 1.0])
def test_a_letter_is_inside_the_frame_wherever_its_line_begins(value: float, height: float):
    plot = Plot(560, 300, 100.0, 1.0)
    plot.letter(plot.x(value), plot.y(height), "A", "letter s0")
    [(left, middle, _)] = letters_of(plot.svg("a letter"))
    assert left >= plot.left
    assert plot.top <= middle <= plot.top + plot.inner_height


def curve(matches: float) -> wi.WhatIf:
    same = wi.Range(matches, matches, matches)
    points = [
        wi.Point(
            limit_ms=limit, matches=same, people_matched=same, waited_s_median=None, waited_s_p95=None, left_over=same,
            gave_up=same, pairs=0, estimated=0, probes_estimated=0, misjudged=None, draws=1,
        )
        for limit in (1, 200)
    ]  # fmt: skip
    happened = wi.Figures(
        matches=20, people_matched=40, waited_s_median=None, waited_s_p95=None, left_over=0, gave_up=0, timed_out=0,
        probes=0,
    )  # fmt: skip
    return wi.WhatIf(
        run="run", path="", experiment="", matchmaker="", own_matchmaker="", limits=[], happened=happened,
        likeness=None, error=None, people=40, measured_pairs=0, giving_up_per_min=0.0, points=points,
    )  # fmt: skip


def test_letters_of_lines_that_start_together_stand_one_above_the_other():
    svg = what_if_html.curve_svg([curve(20.0), curve(20.0), curve(20.1)], "matches")
    middles = sorted(middle for _, middle, _ in letters_of(svg))
    assert len(middles) == 3
    assert middles[0] > 0, "outside the picture"
    assert all(above + LETTER_HIGH <= below for above, below in itertools.pairwise(middles))


def test_runs_have_the_same_colours_in_a_report_as_in_the_window():
    style = report_html.STYLE.read_text(encoding="utf-8")
    drawn = [re.findall(r"--s[0-5]: (#[0-9a-f]{6});", line) for line in style.splitlines() if "--s0:" in line]
    assert drawn == [list(series.LIGHT), list(series.DARK), list(series.LIGHT)]  # the last is for paper


def test_a_run_without_probes_has_no_share_of_them():
    alone = tables_of(Story().begin(150).at(1).join("a").events)
    told = figures_svg.reasons_svg(compare([facts_of(tables_of(story().events), "a", 0), facts_of(alone, "b", 1)]))
    assert "25.0 % · 1 of 4" in told
    assert "no probes" in told
    assert "of 1<" not in told
