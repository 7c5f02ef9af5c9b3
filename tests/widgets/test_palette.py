"""Both themes can be read: words and marks against what they stand on (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

from itertools import combinations
from math import dist

import pytest
from PySide6.QtGui import QColor

from core.analysis.comparing import series
from widgets.palette import DARK, LIGHT, OUTCOMES, PERSON_STATES, Colours

RUNS = {False: series.LIGHT, True: series.DARK}
APART = 10  # in CIELAB: a difference that is seen at a glance; shapes or line patterns differ as well
THEMES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio, 1 to 21."""

    def luminance(name: str) -> float:
        channels = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
                    for value in QColor(name).getRgbF()[:3]]  # fmt: skip
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]

    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@THEMES
def test_words_can_be_read_wherever_they_stand(colours: Colours):
    for words in (colours.text, colours.muted):
        for ground in (colours.window, colours.surface, colours.raised, colours.hover):
            assert contrast(words, ground) >= 4.5, (words, ground)
    assert contrast(colours.text, colours.selection) >= 4.5
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    assert contrast(colours.danger, colours.surface) >= 4.5
    for bar in (colours.playing, colours.probing):
        assert contrast(colours.surface, bar) >= 4.5, bar


@THEMES
def test_marks_stand_out_from_their_ground(colours: Colours):
    for name in (*PERSON_STATES, *OUTCOMES, "good", "notice", "warning", "error", "accent", "limit"):
        for ground in (colours.surface, colours.raised):
            assert contrast(colours.of(name).name(), ground) >= 3.0, (name, ground)


# Machado, Oliveira and Fernandes (2009), severity 1.0, for linear RGB.
BLINDNESS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(name: str, matrix: list[list[float]]) -> list[float]:
    """CIELAB (D65) of a colour as somebody with this blindness sees it."""
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
              for value in QColor(name).getRgbF()[:3]]  # fmt: skip
    seen = [min(1.0, max(0.0, sum(m * v for m, v in zip(row, linear, strict=True)))) for row in matrix]
    to_xyz = ([0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505])
    xyz = [sum(m * v for m, v in zip(row, seen, strict=True)) / white
           for row, white in zip(to_xyz, (0.9505, 1.0, 1.089), strict=True)]  # fmt: skip
    x, y, z = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in xyz)
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


@THEMES
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_outcomes_stay_apart_for_the_colour_blind(colours: Colours, blindness: str):
    for one, other in combinations(OUTCOMES, 2):
        seen = [lab(colours.of(name).name(), BLINDNESS[blindness]) for name in (one, other)]
        assert dist(*seen) >= APART, (one, other, dist(*seen))


@THEMES
def test_the_runs_letters_can_be_read_on_charts_and_reports(colours: Colours):
    for colour in RUNS[colours.dark]:
        assert contrast(colour, colours.surface) >= 4.5, colour


@THEMES
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_runs_stay_apart_for_the_colour_blind(colours: Colours, blindness: str):
    for one, other in combinations(RUNS[colours.dark], 2):
        apart = dist(lab(one, BLINDNESS[blindness]), lab(other, BLINDNESS[blindness]))
        assert apart >= APART, (one, other, apart)
