"""Whatever participants call themselves or write, and wherever it is shown, it is plain text of a bearable length."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPointF, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QLabel, QMessageBox, QWidget

from core import events as ev
from core.analysis.forecast import EndForecast
from core.projections.shown import ShownRun
from tests.projections.stories import Story
from widgets.action_dialogs import ActionDialog
from widgets.end_question import EndQuestion
from widgets.parts.alarm import Alarm

IMG = "<img src=x onerror=alert(1)>"
HOSTILE = [IMG, f"{IMG}{'x' * 10_000}", "\u202eאבג<b>\u202c", "👩‍🔬<i>🇩🇰", "<u>a\nb\x00\tc"]
TELLING = (IMG, "<b>", "<i>", "<u>")  # left as it is where Qt looks for markup, it would be taken for such
LONGEST = 1_600


def session() -> Story:
    """Everybody has such a name, and everything that can be written is such a text."""
    story = Story().begin(150)
    for name in HOSTILE:
        story.join(name).rtt(name, 40.0).wait(name, wait_s=200.0)
    first, second, third, *_ = HOSTILE
    story.at(3).propose(first, second).at(5).measured(first, second, 310.0, retry_after_s=90)
    story.at(6).propose(first, third).at(8).failed(first, third)
    story.at(9).tell(ev.NoteAdded, text=second, by=first)
    story.at(9).tell(ev.AlertRaised, alert=first, text=second, severity="warning")
    story.tell(ev.OperatorActed, action="message_participant", subjects=[first], text=second, by=third, reason=second)
    story.tell(ev.ClientMessageRefused, subject_id=first, message=first, error=second)
    return story.at(12)


def markup_in(text: str) -> bool:
    """Whether Qt would find participants' markup in a text that it may take for rich."""
    return Qt.mightBeRichText(text) and any(part in text for part in TELLING)


def faults_in(root: QWidget) -> list[str]:
    """Labels that are not plain, and tooltips in which participants' own markup stands."""
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        place = f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        if isinstance(widget, QLabel) and not isinstance(widget, QMessageBox):
            if widget.textFormat() != Qt.TextFormat.PlainText and markup_in(widget.text()):
                found.append(f"{place}: rich {widget.text()[:40]!r}")
            if len(widget.text()) > LONGEST:
                found.append(f"{place}: {len(widget.text())} letters")
        if isinstance(widget, QAbstractButton) and len(widget.text()) > LONGEST:
            found.append(f"{place}: {len(widget.text())} letters on a button")
        if isinstance(widget, QMessageBox) and widget.textFormat() != Qt.TextFormat.PlainText:
            found.append(f"{place}: a rich question")
        if any(part in widget.toolTip() for part in TELLING) or len(widget.toolTip()) > 4 * LONGEST:
            found.append(f"{place}: tooltip {widget.toolTip()[:60]!r}")
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            found += [f"{place}: {fault}" for fault in item_faults(widget)]
    return found


def item_faults(view: QAbstractItemView) -> list[str]:
    model, found = view.model(), []
    columns = model.columnCount(QModelIndex()) if isinstance(model, QAbstractTableModel) else 1
    for row in range(min(model.rowCount(QModelIndex()), 60)):
        for column in range(columns):
            index = model.index(row, column)
            line, tip = str(index.data() or ""), str(index.data(Qt.ItemDataRole.ToolTipRole) or "")
            if "\n" in line or len(line) > LONGEST:
                found.append(f"cell {row}, {column}: {line[:40]!r}")
            if any(part in tip for part in TELLING) or len(tip) > 4 * LONGEST:
                found.append(f"tooltip of {row}, {column}: {tip[:60]!r}")
    return found


@pytest.fixture
def hostile(window: Any, folded: Any, qtbot: Any) -> tuple[Any, ShownRun]:
    window.resize(1920, 1080)
    shown = folded(session())
    window.show_run(shown, live=True)
    for name in ("probes", "timeline", "pairs"):
        window.desk.go_to(name)
        qtbot.waitUntil(lambda name=name: window.panels[name].plot is not None)
    window.refresh(12.0)
    QApplication.processEvents()
    return window, shown


def test_every_panel_line_and_drawer(hostile: tuple[Any, ShownRun]):
    window, _ = hostile
    for name in (None, *HOSTILE):
        window.selection.choose(name)
        window.refresh(12.5)
        assert faults_in(window) == [], repr(name)[:30]
        assert len(window.grab().toImage().text()) == 0  # drawn without a word of complaint
    assert window.alert_line.isVisible()


def test_what_charts_tell(hostile: tuple[Any, ShownRun]):
    window, shown = hostile
    pairs, probes, timeline = (window.panels[name] for name in ("pairs", "probes", "timeline"))
    told = [probes.plot._probes.describe(place) for place in range(len(shown.probes))]
    size = len(pairs.plot.matrix.people)
    told += [
        pairs.describe(row, column)
        for row in range(-1, size)
        for column in range(-1, size)
        if (row, column) != (-1, -1)
    ]
    view = timeline.plot.getViewBox()
    told += [
        timeline.plot.text_at(view.mapViewToScene(QPointF(at_s, lane))) for at_s in (1, 4, 7, 9) for lane in range(5)
    ]
    names = timeline.plot._names
    told += names.tickStrings([float(lane) for lane in range(len(HOSTILE))], 1.0, 1.0)
    assert any(IMG[:10] in text for text in told)
    assert max(map(len, told)) < LONGEST
    from widgets.parts.text import plain_tooltip

    assert not [text for text in map(plain_tooltip, told) if any(part in text for part in TELLING)]


def test_every_question_about_them(hostile: tuple[Any, ShownRun], qtbot: Any):
    window, _ = hostile
    window.desk.go_to("person")
    window.selection.choose(HOSTILE[1])
    window.refresh(12.5)
    for button in window.panels["person"].buttons.values():
        if not button.isEnabled():
            continue
        button.click()
        [dialog] = [each for each in window.findChildren(ActionDialog) if each.isVisible()]
        assert faults_in(dialog) == []
        dialog.reject()
        qtbot.waitUntil(lambda: not [each for each in window.findChildren(ActionDialog) if each.isVisible()])
    question = EndQuestion("drain", EndForecast(1, 2, 30.0, tuple(HOSTILE), 0), window)
    assert question.textFormat() == Qt.TextFormat.PlainText
    assert len(question.text()) + len(question.informativeText()) < 2 * LONGEST


def test_banner_and_notification(hostile: tuple[Any, ShownRun], settings: Any, monkeypatch: pytest.MonkeyPatch):
    window, _ = hostile
    for text in HOSTILE:
        window.show_refusal(text)
        assert faults_in(window.banner) == []
    said: list[str] = []
    alarm = Alarm(settings, window, play=lambda: None)
    monkeypatch.setattr(alarm, "_notify", said.append)
    monkeypatch.setattr(window, "isActiveWindow", lambda: False)
    alarm.call(HOSTILE[1])
    assert said and len(said[0]) < LONGEST and "<" not in said[0]
