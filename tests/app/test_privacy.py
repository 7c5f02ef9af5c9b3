"""Privacy mode in the console: what is seen, what the engine is told, and back again."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QSettings, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLabel, QLineEdit, QWidget

from app.desk import Desk
from core.clock import SystemClock
from core.runlog.event_logger import EventLogger
from core.runlog.run_directory import RunDirectory
from tests.projections.stories import busy_session
from widgets.main_window import MainWindow

DISPLAY, TOOLTIP = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole


@pytest.fixture
def window(qtbot, qapp, tmp_path):
    window = MainWindow(qapp, QSettings(str(tmp_path / "console.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(window, before_close_func=lambda window: window.close_now())
    window.show()
    return window


@pytest.fixture
def desk(window, tmp_path, qtbot):
    """A run in the window, read to its end."""
    run = RunDirectory.create(tmp_path / "logs", clock=SystemClock())
    logger = EventLogger(logs_dir=tmp_path / "logs", run_id=run.run_id)
    for event in busy_session().events:
        logger.append(event)
    logger.close()
    desk = Desk(window)
    window.privacy_wanted.connect(desk.set_private)
    desk.show_live(run.path)
    desk.ticker.start()
    qtbot.waitUntil(lambda: desk.live.read_to_end)
    qtbot.waitUntil(lambda: len(lines(window)) == len(desk.live.shown.activity.entries) > 50)
    yield desk
    desk.ticker.stop()


def lines(window) -> list[str]:
    model = window.panels["activity"].model
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_nobody_is_named_and_intents_still_reach_the_person_meant(qtbot, window, desk):
    people = list(desk.live.shown.participants.people)
    before = lines(window)
    window.selection.choose(people[3])
    window.menus.private.trigger()
    qtbot.waitUntil(lambda: len(lines(window)) == len(before))
    qtbot.waitUntil(lambda: window.selection.subject_id is not None)
    assert not [line for line in lines(window) for name in people if name in line.split()]
    assert "Person 01 joined" in "\n".join(lines(window))
    assert window.selection.subject_id == "Person 04"
    qtbot.waitUntil(window.run_bar.isVisible)  # a new bar is shown by a posted event
    assert window.run_bar.private.isVisible()
    assert desk.lift({"subject_id": window.selection.subject_id}) == {"subject_id": people[3]}
    assert desk.veiled(f"{people[0]} is playing") == "Person 01 is playing"
    window.menus.private.trigger()
    qtbot.waitUntil(lambda: lines(window) == before)
    qtbot.waitUntil(lambda: window.selection.subject_id == people[3])
    qtbot.waitUntil(window.run_bar.isVisible)
    assert not window.run_bar.private.isVisible()


def test_it_is_still_on_when_the_console_opens_again(qtbot, qapp, window, desk, tmp_path):
    window.menus.private.trigger()
    again = MainWindow(qapp, QSettings(str(tmp_path / "console.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(again, before_close_func=lambda window: window.close_now())
    assert again.private


def said_by(window) -> list[str]:
    """Everything that can be read in the window, or heard from it by a screen reader."""
    said = [window.windowTitle()]
    for widget in window.findChildren(QWidget):
        said += [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription(), widget.whatsThis()]
        if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
            said.append(widget.text())
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            model = widget.model()
            columns = model.columnCount(QModelIndex()) if isinstance(model, QAbstractTableModel) else 1
            cells = [
                model.index(row, column) for row in range(model.rowCount(QModelIndex())) for column in range(columns)
            ]
            said += [str(cell.data(role) or "") for cell in cells for role in (DISPLAY, TOOLTIP)]
    said += drawn_by(window)
    return said


def drawn_by(window) -> list[str]:
    """What charts draw, and tell of what is under the mouse."""
    probes, timeline, pairs = (window.panels[name] for name in ("probes", "timeline", "pairs"))
    told = [probes.plot._probes.describe(place) for place in range(len(probes.plot._probes))]
    for by_match in (False, True):
        timeline.by_match_button.setChecked(by_match)
        timeline.grab()
        lanes = timeline._shown.lane_count
        told += timeline.plot._names.tickStrings([float(lane) for lane in range(lanes)], 1.0, 1.0)
        told += [timeline.plot._about_lane(lane) for lane in range(lanes)]
    matrix = pairs.plot.matrix
    for row in range(len(matrix.people)):
        told += [pairs.describe(row, column) for column in range(-1, len(matrix.people))]
    return [*told, *("\t".join(map(str, row)) for panel in (probes, timeline, pairs) for row in panel._rows())]


def test_no_id_is_anywhere_in_the_window(qtbot, window, desk):
    people = list(desk.live.shown.participants.people)
    window.resize(1920, 1080)
    for name in ("probes", "timeline", "pairs"):
        window.desk.go_to(name)
        qtbot.waitUntil(lambda name=name: window.panels[name].plot is not None)
    window.selection.choose(people[3])

    def named() -> set[str]:
        window.refresh(desk.live.shown.run.last_elapsed_s)
        said = "\n".join(said_by(window))
        return {name for name in people if re.search(rf"\b{name}\b", said)}

    assert named() == set(people)
    window.menus.private.trigger()
    qtbot.waitUntil(lambda: window.selection.subject_id == "Person 04")
    qtbot.waitUntil(lambda: window.panels["pairs"].plot is not None and window.panels["timeline"].plot is not None)
    qtbot.waitUntil(lambda: len(lines(window)) > 50)
    assert named() == set()
