"""The waitroom's table, as somebody reads and sorts it, and its model under Qt's own tester."""

from __future__ import annotations

import random
import time

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from core.projections.shown import ShownRun
from tests.projections.stories import Story, full_waitroom
from widgets.palette import DARK, LIGHT
from widgets.waitroom_detail import CandidateModel
from widgets.waitroom_model import COLUMNS, PARTICIPANT, RTT, SEEN, STATE, TAB, TRIES, WAITED, WHY, WaitroomModel
from widgets.waitroom_panel import WaitroomPanel


@pytest.fixture
def panel_on(qtbot, folded):
    def make(story: Story) -> tuple[WaitroomPanel, ShownRun]:
        shown = folded(story)
        panel = WaitroomPanel(shown.why_not, controls_enabled=True)
        panel.resize(1000, 400)
        qtbot.addWidget(panel)
        panel.show()
        panel.pull(story.now_s)
        return panel, shown

    return make


def cells(panel: WaitroomPanel) -> list[list[str]]:
    model = panel.model
    return [[model.index(row, column).data() for column in range(COLUMNS)] for row in range(model.rowCount())]


def test_who_waits_how_long_and_why(panel_on):
    story = Story().begin(150).join("A", "B").rtt("A", 31.2).wait("A", wait_s=600.0).at(10).wait("B").propose("A", "B")
    story.at(14).measured("A", "B", 212.0, retry_after_s=120).at(60).lose("B").at(75)
    panel, _ = panel_on(story)
    assert cells(panel) == [
        ["A", "1:15", "waiting · 8:45", "1 away", "31 ms", "1", "in front", "1:15"],
        ["B", "1:05", "away · 0:15", "Connection lost; place kept 0:15 more", "–", "1", "in front", "1:15"],
    ]


def test_whom_to_look_at_is_told_by_mark_words_and_note(panel_on):
    panel, _ = panel_on(full_waitroom())
    urgent = {
        panel.model.subject_at(row) for row in range(panel.model.rowCount()) if panel.model.cell_at(row, 0).urgent
    }
    assert urgent == {"P01", "P09", "P10"}
    assert panel.note() == "14 · 3 about to go"
    marks = {panel.model.cell_at(row, STATE).icon.cacheKey() for row in (0, 1, 8)}
    assert len(marks) == 2  # P01 and P09 share the mark that says so, P02 has another


def test_choosing_a_person_tells_everything(qtbot, panel_on):
    panel, _ = panel_on(full_waitroom())
    assert not panel.detail.isVisible()
    with qtbot.waitSignal(panel.person_chosen) as chosen:
        panel.table.selectRow(0)
    assert chosen.args == ["P01"]
    assert panel.detail.isVisible()
    assert "At a limit of 177 ms they could be matched with P03." in panel.detail.text()
    assert "Goes to the thank-you page in 14 s" in panel.detail.text()
    model = panel.detail.model
    told = [[model.index(row, column).data() for column in range(4)] for row in range(4)]
    assert told == [
        ["P03", "too slow (limit 150 ms)", "176 ms", "in 45 s"],
        ["P02", "too slow (limit 150 ms)", "212 ms", "in 36 s"],
        ["P04", "no direct connection came about", "–", "in 15 s"],
        ["P05", "free; not tried yet", "–", ""],
    ]
    with qtbot.waitSignal(panel.person_chosen) as chosen:
        qtbot.keyClick(panel.table, Qt.Key.Key_Escape)
    assert chosen.args == [""]
    assert not panel.detail.isVisible()


def test_in_a_low_panel_the_answer_stays_whole_and_the_list_gives_way(qtbot, panel_on):
    panel, _ = panel_on(full_waitroom())
    panel.resize(630, 260)
    panel.table.selectRow(1)
    sentence = panel.detail._sentence.label
    qtbot.waitUntil(
        lambda: 0 < sentence.heightForWidth(sentence.width()) <= sentence.visibleRegion().boundingRect().height()
    )
    assert not panel.detail.table.isVisible()
    panel.resize(630, 700)
    qtbot.waitUntil(panel.detail.table.isVisible)


def test_a_chosen_person_who_waits_no_more_is_let_go(panel_on):
    panel, shown = panel_on(full_waitroom())
    panel.table.selectRow(1)
    shown.replay(Story().at(269).leave("P02").events)
    panel.pull(270.0)
    assert not panel.detail.isVisible()
    assert panel.table.selectionModel().selectedRows() == []
    panel.choose("nobody")
    assert not panel.detail.isVisible()


def test_another_is_chosen_from_elsewhere_without_an_echo(qtbot, panel_on):
    panel, _ = panel_on(full_waitroom())
    with qtbot.assertNotEmitted(panel.person_chosen):
        panel.choose("P05")
    assert panel.table.currentIndex().row() == 4
    assert "Why is P05 not matched?" in panel.detail.text()


def test_the_filter_finds_by_name_and_state_from_the_keyboard(qtbot, panel_on):
    panel, _ = panel_on(full_waitroom())
    panel.activateWindow()
    panel.table.setFocus()
    qtbot.waitUntil(panel.table.hasFocus)
    qtbot.keyClick(panel.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(panel.filter.hasFocus)
    qtbot.keyClicks(panel.filter, "hidden")
    assert [row[PARTICIPANT] for row in cells(panel)] == ["P07"]
    assert panel._found.text() == "1 of 14"
    qtbot.keyClick(panel.filter, Qt.Key.Key_Escape)
    assert len(cells(panel)) == 14
    qtbot.keyClicks(panel.filter, "p0 away")
    assert [row[PARTICIPANT] for row in cells(panel)] == ["P09"]
    qtbot.keyClicks(panel.filter, "zzz")
    assert "fits this filter" in panel._empty.text()
    assert panel._empty.isVisible()


def test_little_room_hides_what_tells_least(panel_on):
    panel, _ = panel_on(full_waitroom())
    assert not panel.table.isColumnHidden(TAB)
    panel.resize(600, 400)
    assert panel.table.isColumnHidden(TAB)
    assert panel.table.isColumnHidden(SEEN)
    assert panel.table.columnWidth(WHY) > 120


def test_lines_are_worked_out_for_rows_in_view_only(panel_on, monkeypatch):
    story = Story().begin()
    for number in range(500):
        story.join(f"P{number}").wait(f"P{number}")
    panel, shown = panel_on(story)
    asked = []
    answer = shown.why_not.answer
    monkeypatch.setattr(shown.why_not, "answer", lambda *args: asked.append(args) or answer(*args))
    panel.pull(5.0)
    panel.table.grab()
    assert 0 < len(asked) < 60


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
    panel.table.sortByColumn(WAITED, Qt.SortOrder.AscendingOrder)
    assert (kept.row(), kept.data()) == (0, "C")
    for event in Story().at(3).leave("A").events:
        shown.apply(event)
    panel.pull(4.0)
    assert kept.data() == "C"
    assert [row[PARTICIPANT] for row in cells(panel)] == ["C", "B"]


def test_time_goes_on_without_events(panel_on):
    panel, _ = panel_on(Story().begin().join("A").wait("A"))
    panel.pull(61.4)
    assert cells(panel)[0][WAITED] == "1:01"


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
    model = WaitroomModel(shown.why_not)
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
    model = WaitroomModel(shown.why_not)
    model.recolour(LIGHT)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    others = CandidateModel()
    others_tester = QAbstractItemModelTester(others, QAbstractItemModelTester.FailureReportingMode.Fatal)
    here: list[str] = []
    for turn in range(160):
        story = Story().at(float(turn))
        for _ in range(rng.randrange(4)):
            _something_happens(story, here, rng, turn)
        shown.replay(story.events)
        if rng.random() < 0.2:
            order = rng.choice([Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder])
            model.sort(rng.choice([PARTICIPANT, WAITED, RTT, STATE, TRIES, WHY, TAB, SEEN]), order)
        model.refresh(float(turn))
        if rng.random() < 0.15:
            model.set_filter(rng.choice(["", "", "away", "p1"]))
        shown_ids = [model.subject_at(row) for row in range(model.rowCount())]
        wanted = [subject for subject, row in shown.waitroom.rows.items() if model._passes(row)]
        assert sorted(shown_ids) == sorted(wanted)
        if shown.waitroom.rows:
            first = next(iter(shown.waitroom.rows))
            others.show_all(shown.why_not.candidates(first, float(turn), 200), 150, float(turn))
            assert others.rowCount() == len(shown.waitroom.rows) - 1
    model.recolour(DARK)
    assert (tester.model(), others_tester.model()) == (model, others)


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
        begin_s = time.thread_time()
        panel.pull(20.0 + turn)
        spent.append(time.thread_time() - begin_s)
    # 8 ms is the rule on a lab PC; a shared test machine is given the triple
    assert sorted(spent)[len(spent) // 2] < 0.024


def test_a_line_is_at_most_a_second_old_and_follows_the_limit_at_once(panel_on):
    story = Story().begin(150).join("A", "B", "C").wait("A", "B").propose("A", "B").at(4)
    panel, shown = panel_on(story.measured("A", "B", 212.0, retry_after_s=100))
    assert cells(panel)[0][WHY] == "1 too slow · 212 ms would do"
    shown.replay(Story().at(4.2).wait("C").events)
    panel.pull(4.4)
    panel.pull(5.1)
    assert cells(panel)[0][WHY] == "1 too slow · 212 ms would do · 1 free"
    shown.replay(Story().at(5.2).limit(250).events)
    panel.pull(5.3)
    assert cells(panel)[0][WHY] == "2 free"
