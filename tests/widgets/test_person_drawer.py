"""The drawer shows one person's story as it grows, whatever they call themselves, and fits where it is put."""

from __future__ import annotations

import random
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QLabel

from core import events as ev
from core.projections.shown import ShownRun
from tests.projections.stories import Story, busy_session
from widgets.parts.selection import Selection
from widgets.person_drawer import PersonDrawer
from widgets.story_list import StoryModel

HOSTILE = ["<img src=x onerror=alert(1)>", "x" * 10_000, "\u202eאבג\u202c שלום", "\U0001f9d1\u200d\U0001f52c" * 30]


def make(qtbot: Any, story: Story, chosen: str | None = None, *, live: bool = True) -> tuple[PersonDrawer, ShownRun]:
    shown, selection = ShownRun(), Selection()
    shown.replay(story.events)
    drawer = PersonDrawer(shown, controls_enabled=live, selection=selection)
    selection.setParent(drawer)
    qtbot.addWidget(drawer)
    drawer.show()
    selection.choose(chosen)
    drawer.pull(299.0)
    drawer.resize(420, 560)
    drawer.pull(300.0)
    return drawer, shown


def lines(drawer: PersonDrawer) -> list[str]:
    model = drawer.story.model
    return [model.index(row).data() for row in range(model.rowCount())]


def test_nobody_chosen_says_what_to_do(qtbot: Any):
    drawer, _ = make(qtbot, Story().begin())
    texts = [label.text() for label in drawer.findChildren(QLabel) if label.isVisible()]
    assert any(text.startswith("Choose somebody") for text in texts)


def test_it_follows_the_selection_and_grows_with_the_log(qtbot: Any):
    drawer, shown = make(qtbot, Story().begin().join("A", "B").wait("A"), "A")
    assert lines(drawer) == ["Joined", "Came to welcome", "Waits for meet"]
    shown.replay(Story().at(9).lose("A").events)
    drawer.pull(301.0)
    assert lines(drawer)[-1] == "Lost the connection; place kept for 30 s"
    assert drawer.state.text() == "away"
    drawer._selection.choose("B")
    drawer.pull(301.1)
    assert lines(drawer) == ["Joined", "Came to welcome"]
    assert not drawer.why.isVisible()


def test_a_line_opens_its_evidence(qtbot: Any):
    story = Story().begin().join("A", "B").wait("A", "B").propose("A", "B").measured("A", "B", 210.0)
    drawer, _ = make(qtbot, story, "A")
    assert not drawer.story.detail.isVisible()
    drawer.story.list.setFocus()
    for key in (Qt.Key.Key_Home, Qt.Key.Key_End):
        qtbot.keyClick(drawer.story.list, key)
    assert "29 of 30 answers" in drawer.story.detail.toPlainText()
    assert drawer.story.detail.isVisible()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_and_words_of_participants_are_plain_and_cut(qtbot: Any, hostile: str):
    story = Story().begin().join(hostile, "B").wait(hostile, "B").propose(hostile, "B").measured(hostile, "B", 210.0)
    story.tell(ev.ParticipantLeft, subject_id=hostile, reason="removed", by=hostile, text=hostile)
    drawer, _ = make(qtbot, story, hostile)
    drawer.grab()
    assert drawer.width() == 420
    for label in drawer.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText
        assert len(label.text()) < 1_500
    assert all("\n" not in line and len(line) <= 400 for line in lines(drawer))
    assert "<img" not in drawer.story.model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    drawer._selection.choose("B")
    drawer.pull(302.0)
    assert any("Measured with" in line for line in lines(drawer))


def test_the_model_keeps_its_promises_under_random_change(qtbot: Any):
    rng, shown = random.Random(5), ShownRun()
    model = StoryModel(shown.story)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    events = busy_session(pairs=8).events
    for number in range(0, len(events), 3):
        shown.replay(events[number : number + 3])
        if rng.random() < 0.2:
            model.show_person(rng.choice(["P01", "P02", "nobody", None]))
        model.refresh()
        for row in range(model.rowCount()):
            model.index(row).data()
    model.show_person("P01")
    for number in range(1_500):
        shown.apply(ev.VisibilityChanged(seq=10_000 + number, subject_id="P01", hidden=number % 2 == 0))
        if rng.random() < 0.05:
            model.refresh()
    model.refresh()
    assert [model.line(row).seq for row in range(model.rowCount())] == [
        moment.event.seq for moment in shown.story.moments("P01")
    ]


def test_at_the_narrowest_every_button_is_whole(qtbot: Any):
    drawer, _ = make(qtbot, Story().begin().join("A").wait("A"), "A")
    for button in drawer.buttons.values():
        assert button.width() >= button.sizeHint().width(), button.text()


def test_the_same_event_is_drawn_anew_in_another_persons_story(qtbot: Any):
    story = Story().begin().join("A", "Bartholomew").wait("A", "Bartholomew")
    story.propose("A", "Bartholomew").measured("A", "Bartholomew", 210.0)
    drawer, _ = make(qtbot, story, "A")

    def last_line() -> Any:
        listed = drawer.story.list
        area = listed.visualRect(drawer.story.model.index(drawer.story.model.rowCount() - 1))
        assert area.height() >= listed.fontMetrics().height() + 4
        return listed.viewport().grab(area).toImage()

    of_a = last_line()
    drawer._selection.choose("Bartholomew")
    drawer.pull(303.0)
    of_b = last_line()
    drawer._selection.choose("A")
    drawer.pull(304.0)
    assert of_a != of_b
    assert last_line() == of_a
