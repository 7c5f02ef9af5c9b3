"""Axes and marks are kept as pixels, yet follow the theme, and stay words in a vector picture."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor, QImage

from tests.widgets import test_probe_chart
from tests.widgets.test_probe_chart import story_with_probes
from widgets.palette import DARK, LIGHT, qt_palette
from widgets.plots.axes import LEFT_WIDTH

chart_on = test_probe_chart.chart_on


def colours_in(picture: QImage) -> set[str]:
    pixels = np.frombuffer(picture.convertToFormat(QImage.Format.Format_RGB32).constBits(), np.uint32)
    return {f"#{pixel & 0xFFFFFF:06x}" for pixel in np.unique(pixels)}


def inks(chart) -> tuple[bool, bool, bool, bool]:
    """Whether the axis is inked as in the light and the dark theme, and the marks so."""
    whole = chart.plot.grab().toImage()
    beside = colours_in(whole.copy(0, 0, LEFT_WIDTH, whole.height()))
    inside = colours_in(whole.copy(LEFT_WIDTH + 12, 0, whole.width(), whole.height()))
    return (
        *(QColor(theme.muted).name() in beside for theme in (LIGHT, DARK)),
        *(QColor(theme.accepted).name() in inside for theme in (LIGHT, DARK)),
    )


def test_another_theme_draws_axes_and_marks_in_its_own_colours(chart_on):
    chart = chart_on(story_with_probes())
    chart.setPalette(qt_palette(LIGHT))
    assert inks(chart) == (True, False, True, False)
    chart.setPalette(qt_palette(DARK))
    assert inks(chart) == (False, True, False, True)


def test_axes_follow_the_view(chart_on):
    chart = chart_on(story_with_probes())
    axis = chart.plot._main.getAxis("bottom")

    def kept():
        chart.grab()
        return axis._kept.toImage()

    whole = kept()
    assert kept() == whole
    chart.plot._main.setXRange(0, 5, padding=0)
    assert kept() != whole


def test_a_vector_picture_has_the_axes_as_words(chart_on, tmp_path):
    chart = chart_on(story_with_probes())
    assert chart.export.save(tmp_path / "probes.svg")
    assert "ms</text>" in (tmp_path / "probes.svg").read_text(encoding="utf-8")
