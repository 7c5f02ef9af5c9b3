"""The probe chart paints only what is new: what then stands in the window is what painting all of it would give."""

from __future__ import annotations

import random

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from core.projections.probes import ProbesProjection
from core.projections.run import RunProjection
from tests.projections.stories import Story
from widgets.palette import LIGHT
from widgets.probe_chart import ProbeChart


class Live:
    """A run that goes on, drawn step by step."""

    def __init__(self, qtbot) -> None:
        self._told = 0
        self._probes, self._run = ProbesProjection(), RunProjection()
        self.story = Story().begin(150).join("A", "B")
        self.chart = ProbeChart(self._probes, self._run, controls_enabled=True)
        self.chart.resize(760, 380)
        qtbot.addWidget(self.chart)
        self.chart.show()
        qtbot.waitUntil(lambda: self.chart.plot is not None)
        with qtbot.waitExposed(self.chart):
            pass

    def draw(self) -> None:
        for event in self.story.events[self._told :]:
            self._probes.apply(event)
            self._run.apply(event)
        self._told = len(self.story.events)
        self.chart.pull(self.story.now_s)
        for _ in range(3):
            QApplication.processEvents()

    def in_window(self) -> QImage:
        """The chart as it stands on the screen, without painting anything."""
        plot = self.chart.plot
        place = plot.mapTo(self.chart, plot.rect().topLeft())
        screen = self.chart.screen()
        picture = screen.grabWindow(self.chart.winId(), place.x(), place.y(), plot.width(), plot.height())
        return picture.toImage().convertToFormat(QImage.Format.Format_RGB32)

    def painted_anew(self) -> QImage:
        self.chart.plot.viewport().update()
        QApplication.processEvents()
        return self.in_window()


@pytest.fixture
def live(qtbot) -> Live:
    return Live(qtbot)


def differing(one: QImage, other: QImage) -> list[tuple[int, int]]:
    """Where the two pictures are not alike."""
    assert one.size() == other.size()
    places = [(x, y) for y in range(one.height()) for x in range(one.width())]
    return [place for place in places if one.pixel(*place) != other.pixel(*place)]


def test_what_was_painted_bit_by_bit_is_the_whole_picture(live):
    rng = random.Random(3)
    for step in range(60):
        live.story.at(5.0 + step * 0.7).propose("A", "B")
        outcome = rng.random()
        if outcome < 0.2:
            live.story.failed("A", "B")
        else:
            live.story.measured("A", "B", rng.gammavariate(4, 30) + (150.0 if outcome < 0.5 else 0.0))
        if step in (20, 40, 41):
            live.story.limit({20: None, 40: 120, 41: 90}[step])
        live.draw()
    drawn = live.in_window()
    colours = {drawn.pixelColor(x, y).name() for x in range(drawn.width()) for y in range(drawn.height())}
    assert {LIGHT.accepted, LIGHT.rejected, LIGHT.failed, LIGHT.limit} <= colours
    assert differing(live.in_window(), live.painted_anew()) == []


def test_time_passing_moves_the_limit_and_nothing_else(live):
    live.story.at(10).propose("A", "B").measured("A", "B", 90.0)
    live.draw()
    before = live.in_window()
    live.story.at(25)
    live.draw()
    after = live.in_window()
    moved = differing(before, after)
    assert moved  # dashes became a line
    assert max(y for _, y in moved) - min(y for _, y in moved) <= 3
    assert differing(after, live.painted_anew()) == []
