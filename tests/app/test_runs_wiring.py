"""Where the runs page leads to in the window: a run opened, runs compared, "what if", and back from the start page;
and what is seen of a run that had to stop.
"""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QDialog

from app.engine_client import EngineState
from app.options import Options
from app.tasks import Tasks
from app.wishes import Wishes
from core import events as ev
from core.runlog.event_logger import EventLogger
from tests.analysis.run_folders import make_run
from tests.waiting import PATIENCE_S
from widgets.main_window import MainWindow
from widgets.parts.setting_names import NOTIFY, SOUND


@pytest.fixture
def logs(tmp_path):
    for number in (1, 2):
        make_run(tmp_path / "logs", f"run_2026112{number}_140302")
    return tmp_path / "logs"


@pytest.fixture
def window(wishes):
    return wishes.window


@pytest.fixture
async def wishes(qtbot, qapp, tmp_path, logs):
    kept = QSettings(str(tmp_path / "console.ini"), QSettings.Format.IniFormat)
    for way in (SOUND, NOTIFY):
        kept.setValue(way, False)
    window = MainWindow(qapp, kept)
    qtbot.addWidget(window, before_close_func=lambda window: window.close_now())
    with qtbot.waitSignal(window.first_painted):
        window.show()
    problems: list[str] = []
    tasks = Tasks(lambda sentence, _details: problems.append(sentence))
    wishes = Wishes(window, kept, Options(logs_dir=logs), tasks)
    wishes.window = window
    yield wishes
    await tasks.cancel_all()
    await wishes.leave()
    assert problems == []


async def seen(happened) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not happened():  # noqa: ASYNC110 -- what is shown has no event
            await asyncio.sleep(0)


async def test_the_start_page_leads_to_all_runs_and_they_to_everything_else(window, logs):
    window.start_page.all_runs_wanted.emit()
    assert window.pages.seen == "runs"
    page = window.pages.page("runs")
    await seen(lambda: page.model.rowCount() == 2)
    paths = [str(logs / f"run_2026112{number}_140302") for number in (1, 2)]
    page.choose(paths)
    page.actions_.by_name["compare"].trigger()
    assert window.pages.seen == "compare"
    comparison = window.pages.page("compare")
    await seen(lambda: comparison.comparison is not None)
    assert len(comparison.comparison.runs) == 2
    window.pages.go_to("runs")
    page.choose(paths[:1])
    page.actions_.by_name["what_if"].trigger()
    assert window.pages.seen == "what_if"
    window.pages.go_to("runs")
    page.actions_.by_name["open"].trigger()
    await seen(lambda: window.pages.seen == "session")
    assert "run_20261121_140302" in window.windowTitle()


async def test_a_run_that_came_meanwhile_is_listed_when_the_page_is_seen_again(window, logs):
    window.pages.go_to("runs")
    page = window.pages.page("runs")
    await seen(lambda: page.model.rowCount() == 2)
    make_run(logs, "run_20261123_140302")
    window.pages.go_to("session")
    window.pages.go_to("runs")
    await seen(lambda: page.model.rowCount() == 3)


async def test_a_run_that_had_to_stop_is_not_shown_as_one_that_goes_on(wishes, window, tmp_path):
    with EventLogger(logs_dir=tmp_path / "logs", run_id="run_20261124_140302") as logger:
        logger.append(ev.RunStarted(run_id="run_20261124_140302", experiment="e"))
        logger.append(ev.IntakeChanged(open=True))
    state = EngineState("open", logger.run_id, str(logger.run_dir))
    wishes.desk.show_live(logger.run_dir)
    await seen(lambda: window.run_bar.state.text() == "Doors open")
    for _ in range(2):  # it comes again with each new line to the engine
        wishes._state_came(msgspec.structs.replace(state, state="ended", problem="the disk is full."))
    wishes.desk.ticker.tick()
    assert window.run_bar.state.text() == "Engine stopped"
    assert window.banner.text().startswith("The run had to stop: the disk is full.")
    assert sum(dialog.isVisible() for dialog in window.findChildren(QDialog)) == 1
