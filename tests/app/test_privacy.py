"""Privacy mode in the console: what is seen, what the engine is told, and back again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSettings

from app.desk import Desk
from core.clock import SystemClock
from core.runlog.event_logger import EventLogger
from core.runlog.run_directory import RunDirectory
from tests.projections.stories import busy_session
from widgets.main_window import MainWindow


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
    qtbot.waitUntil(lambda: len(lines(window)) > 50)
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
    assert window.run_bar.private.isVisible()
    assert desk.lift({"subject_id": window.selection.subject_id}) == {"subject_id": people[3]}
    assert desk.veiled(f"{people[0]} is playing") == "Person 01 is playing"
    window.menus.private.trigger()
    qtbot.waitUntil(lambda: lines(window) == before)
    qtbot.waitUntil(lambda: window.selection.subject_id == people[3])
    assert not window.run_bar.private.isVisible()


def test_it_is_still_on_when_the_console_opens_again(qtbot, qapp, window, desk, tmp_path):
    window.menus.private.trigger()
    again = MainWindow(qapp, QSettings(str(tmp_path / "console.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(again, before_close_func=lambda window: window.close_now())
    assert again.private
