"""The waitroom's table, as somebody reads and sorts it, and its model under Qt's own tester."""

from __future__ import annotations

import random
import time

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from core.projections.shown import ShownRun
from tests.projections.stories import Story
from widgets.palette import DARK, LIGHT
from widgets.waitroom_panel import PARTICIPANT, RTT, STATE, TRIES, WAITING, WHY, WaitroomModel, WaitroomPanel


@pytest.fixture
def panel_on(qtbot, folded):
    def make(story: Story) -> tuple[WaitroomPanel, ShownRun]:
        shown = folded(story)
        panel = WaitroomPanel(shown.waitroom, shown.run, controls_enabled=True)
        panel.resize(640, 300)
        qtbot.addWidget(panel)
        panel.show()
        panel.pull(story.now_s)
        return panel, shown

    return make


def cells(panel: WaitroomPanel) -> list[list[str]]:
    model = panel.model
    return [[model.index(row, column).data() for column in range(6)] for row in range(model.rowCount())]


def test_who_waits_how_long_and_why(panel_on):
    story = Story().begin(150).join("A", "B").rtt("A", 31.2).wait("A").at(10).wait("B").propose("A", "B").at(14)
    story.measured("A", "B", 212.0).lose("B").at(75)
    panel, _ = panel_on(story)
    assert cells(panel) == [
        ["A", "1:15", "31 ms", "waiting", "1", "212 ms with B (limit 150 ms)"],
        ["B", "1:05", "–", "away", "1", "Connection lost; place kept for 30 s"],
    ]


def test_an_empty_waitroom_says_what_will_come(panel_on):
    panel, shown = panel_on(Story().begin())
    assert panel._empty.isVisible()
    assert "Nobody is waiting" in panel._empty.text()
    for event in Story().begin().join("A").wait("A").events:
        shown.apply(event)
    panel.pull(1.0)
    assert not panel._empty.isVisible()


def test_a_click_on_a_heading_sorts_and_a_second_one_turns_it(qtbot, panel_on):
    story = Story().begin().join("A", "B", "C").rtt("A", 50).rtt("B", 10).rtt("C", 90).wait("A").at(1).wait("B", "C")
    panel, _ = panel_on(story)
    heading = panel.table.horizontalHeader()

    def click(column: int) -> None:
        middle = heading.sectionViewportPosition(column) + heading.sectionSize(column) // 2
        place = heading.viewport().rect().center()
        place.setX(middle)
        qtbot.mouseClick(heading.viewport(), Qt.MouseButton.LeftButton, pos=place)

    click(RTT)
    first = [row[PARTICIPANT] for row in cells(panel)]
    click(RTT)
    second = [row[PARTICIPANT] for row in cells(panel)]
    assert {tuple(first), tuple(second)} == {("B", "A", "C"), ("C", "A", "B")}
    assert panel.model.headerData(RTT, Qt.Orientation.Horizontal)[-1] in "↑↓"


def test_the_chosen_person_stays_chosen_when_the_order_changes(panel_on):
    story = Story().begin().join("A", "B", "C").wait("A").at(1).wait("B").at(2).wait("C")
    panel, shown = panel_on(story)
    panel.table.selectRow(2)
    kept = QPersistentModelIndex(panel.table.currentIndex().siblingAtColumn(PARTICIPANT))
    assert kept.data() == "C"
    panel.table.sortByColumn(WAITING, Qt.SortOrder.AscendingOrder)
    assert (kept.row(), kept.data()) == (0, "C")
    for event in Story().at(3).leave("A").events:
        shown.apply(event)
    panel.pull(4.0)
    assert kept.data() == "C"
    assert [row[PARTICIPANT] for row in cells(panel)] == ["C", "B"]


def test_time_goes_on_without_events(panel_on):
    panel, _ = panel_on(Story().begin().join("A").wait("A"))
    panel.pull(61.4)
    assert cells(panel)[0][WAITING] == "1:01"


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "שרה", "👩‍🔬🇩🇰", "x" * 10_000, "a\nb\u202ec"])
def test_whatever_they_call_themselves_is_text(panel_on, name):
    panel, _ = panel_on(Story().begin().join(name).wait(name))
    index = panel.model.index(0, PARTICIPANT)
    assert len(index.data()) <= 310
    assert "\n" not in index.data()
    tooltip = index.data(Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tooltip
    assert len(tooltip) < 2_000


def test_one_change_is_announced_a_refresh(qtbot, folded):
    story = Story().begin()
    for number in range(40):
        story.join(f"P{number}").wait(f"P{number}")
    shown = folded(story)
    model = WaitroomModel(shown.waitroom)
    model.refresh(1.0)
    changes = []
    model.dataChanged.connect(lambda *args: changes.append(args))
    for number in range(40):
        shown.replay(Story().rtt(f"P{number}", 20.0 + number).events)
    model.refresh(2.0)
    assert len(changes) == 1


def test_the_model_keeps_its_promises_under_random_change(qtbot):
    rng = random.Random(11)
    shown = ShownRun()
    shown.replay(Story().begin().events)
    model = WaitroomModel(shown.waitroom)
    model.recolour(LIGHT)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    here: list[str] = []
    for turn in range(160):
        story = Story().at(float(turn))
        for _ in range(rng.randrange(4)):
            _something_happens(story, here, rng, turn)
        shown.replay(story.events)
        if rng.random() < 0.2:
            order = rng.choice([Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder])
            model.sort(rng.choice([PARTICIPANT, WAITING, RTT, STATE, TRIES, WHY]), order)
        model.refresh(float(turn))
        assert sorted(model.subject_at(row) for row in range(model.rowCount())) == sorted(shown.waitroom.rows)
    model.recolour(DARK)
    assert tester.model() is model


def _something_happens(story: Story, here: list[str], rng: random.Random, turn: int) -> None:
    what = rng.choice(["in", "in", "out", "rtt", "probe", "lose", "scene"])
    if what == "in":
        name = f"P{turn}_{len(here)}_{rng.randrange(1000)}"
        here.append(name)
        story.join(name).wait(name)
    elif here and what == "out":
        story.leave(here.pop(rng.randrange(len(here))))
    elif here and what == "rtt":
        story.rtt(rng.choice(here), rng.uniform(1, 300))
    elif here and what == "lose":
        story.lose(rng.choice(here))
    elif len(here) > 1 and what == "probe":
        a, b = rng.sample(here, 2)
        story.propose(a, b)
        if rng.random() < 0.5:
            story.failed(a, b)


def test_a_thousand_rows_refresh_within_the_budget(panel_on):
    story = Story().begin()
    for number in range(1_000):
        story.at(number / 100).join(f"P{number}").rtt(f"P{number}", number % 97 + 5.0).wait(f"P{number}")
    panel, shown = panel_on(story)
    spent = []
    for turn in range(20):
        shown.replay(Story().rtt(f"P{turn}", 30.0).events)
        begin = time.perf_counter()
        panel.pull(20.0 + turn)
        spent.append(time.perf_counter() - begin)
    # 8 ms is the rule on a lab PC; a shared test machine is given the triple
    assert sorted(spent)[len(spent) // 2] < 0.024
