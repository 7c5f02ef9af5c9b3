"""The waitroom's table draws only what looks different, and yet always shows what is so."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from tests.projections.stories import Story
from widgets.parts.kept_lines import KeptLines
from widgets.waitroom_model import COLUMNS, PARTICIPANT, RTT
from widgets.waitroom_panel import WaitroomPanel


@pytest.fixture
def crowd(qtbot, qapp, folded):
    story = Story().begin(150)
    for number in range(40):
        story.at(number / 7).join(f"P{number}").rtt(f"P{number}", 20.0 + number).wait(f"P{number}")
    shown = folded(story)
    panel = WaitroomPanel(shown.why_not, controls_enabled=True)
    panel.resize(1000, 400)
    qtbot.addWidget(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.pull(6.0)
    qapp.processEvents()
    return panel, shown


class Noted(dict):
    """The cells that are drawn, as they are."""

    def __init__(self, drawn):
        super().__init__(drawn)
        self.places = []

    def __setitem__(self, place, cell):
        self.places.append(place)
        super().__setitem__(place, cell)


@pytest.fixture
def painted(crowd):
    delegate = crowd[0].table.delegate
    delegate.drawn = Noted(delegate.drawn)
    return delegate.drawn.places


def on_screen(panel: WaitroomPanel) -> QImage:
    """What was drawn bit by bit, not drawn anew for the asking."""
    viewport = panel.table.viewport()
    place = viewport.mapTo(panel, viewport.rect().topLeft())
    size = viewport.size()
    picture = panel.screen().grabWindow(panel.winId(), place.x(), place.y(), size.width(), size.height())
    return picture.toImage().convertToFormat(QImage.Format.Format_RGB32)


def test_a_new_measurement_draws_one_persons_cells_only(crowd, qapp, painted):
    panel, shown = crowd
    shown.replay(Story().at(6.05).rtt("P3", 77.0).events)
    panel.pull(6.05)
    qapp.processEvents()
    assert (3, RTT) in painted
    assert {row for row, _ in painted} == {3}


def test_nothing_new_draws_nothing(crowd, qapp, painted):
    panel, shown = crowd
    shown.replay(Story().at(6.05).rtt("P39", 77.0).events)  # out of view
    panel.pull(6.05)
    qapp.processEvents()
    assert painted == []


def test_what_is_on_the_screen_is_what_is_so(crowd, qapp):
    """Whatever happens, it is pixel by pixel as if all had been drawn anew."""
    panel, shown = crowd
    rng, now_s, here = random.Random(3), 6.0, [f"P{number}" for number in range(40)]
    for turn in range(40):
        now_s += rng.choice([0.1, 0.4, 1.0])
        story = Story().at(now_s)
        for _ in range(rng.randrange(4)):
            story.rtt(rng.choice(here), rng.uniform(5, 300))
        if turn % 5 == 0:
            story.leave(here.pop(rng.randrange(len(here))))
        if turn % 7 == 0:
            here.append(f"N{turn}")
            story.join(here[-1]).wait(here[-1])
        shown.replay(story.events)
        if turn % 9 == 4:
            panel.table.verticalScrollBar().setValue(rng.randrange(300))
        if turn % 11 == 5:
            panel.table.sortByColumn(rng.choice([PARTICIPANT, RTT]), Qt.SortOrder.AscendingOrder)
        if turn % 13 == 6:
            panel.table.selectRow(rng.randrange(5))
        panel.pull(now_s)
        qapp.processEvents()
        drawn = on_screen(panel)
        panel.table.viewport().update()
        qapp.processEvents()
        assert drawn == on_screen(panel), turn


def test_the_cells_kept_are_about_as_many_as_are_in_view(crowd, qapp):
    panel, shown = crowd
    for step in range(60):
        panel.table.verticalScrollBar().setValue(step * 10)
        shown.replay(Story().at(6.1 + step / 10).rtt("P1", step + 1.0).events)
        panel.pull(6.1 + step / 10)
        qapp.processEvents()
    in_view = panel.table.viewport().height() // panel.table.rowHeight(0)
    assert len(panel.table.delegate.drawn) <= 5 * (in_view + 3) * COLUMNS


def test_kept_lines_let_go_of_old_ones(qapp):
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QPainter

    lines, picture = KeptLines(most=10), QImage(200, 30, QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    for number in range(100):
        lines.draw(painter, QRect(0, 0, 200, 30), f"line {number}")
    painter.end()
    assert 0 < len(lines) <= 10
