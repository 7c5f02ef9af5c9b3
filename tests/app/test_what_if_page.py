"""The what-if page as an operator uses it: clicks and keys on the real page, its desk and the process behind it."""

from __future__ import annotations

import asyncio
import csv
import functools
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
import qasync
from PySide6.QtCore import QPointF, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.tasks import Tasks
from app.what_if_desk import WhatIfDesk, command_for
from core.analysis.what_if import answer as wi
from tests.analysis.what_if_runs import ONE_GAME, simulated
from tests.app.experiment_stage import until
from tests.waiting import PATIENCE_S
from widgets.main_window import MainWindow
from widgets.what_if_page import WhatIfPage


class Stage:
    """The page, put together with its desk as app/wishes.py does."""

    def __init__(self, page: WhatIfPage) -> None:
        self.page = page
        self.reports: list[str] = []
        self.tasks = Tasks(lambda sentence, details: self.reports.append(f"{sentence}\n{details}"))
        self.desk = WhatIfDesk(page, self.tasks, lambda: None)
        self._asked: list[object] = []
        page.ask_wanted.connect(self._asked.append)

    async def answered(self) -> None:
        """Until the question that was just asked is done with."""
        await until(lambda: self._asked)
        self._asked.clear()
        await until(lambda: not self.tasks._running)
        assert not self.page.form.progress.isVisible()

    def set_limits(self, low: int, high: int, step: int) -> None:
        for box, value in ((self.page.form.low, low), (self.page.form.high, high), (self.page.form.step, step)):
            box.selectAll()
            QTest.keyClicks(box, str(value))

    def cells(self, row: int) -> list[str]:
        model = self.page.table.model()
        return [model.index(row, column).data() for column in range(model.columnCount())]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    strict = ONE_GAME.replace("max_p2p_rtt_ms: 100", "max_p2p_rtt_ms: 80").replace("one_game", "strict")
    return [
        str(simulated(tmp_path_factory.mktemp("a"), participants=40)),
        str(simulated(tmp_path_factory.mktemp("b"), strict, participants=30)),
    ]


@pytest.fixture(scope="module")
def window(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    settings = QSettings(str(tmp_path_factory.mktemp("settings") / "console.ini"), QSettings.Format.IniFormat)
    window = MainWindow(qapp, settings)
    window.resize(1280, 800)
    window.show_empty()
    window.show()
    window.pages.go_to("what_if")
    yield window
    window.close_now()
    window.deleteLater()


@pytest.fixture
def stage(window: MainWindow) -> Iterator[Stage]:
    page = window.pages.page("what_if")
    assert isinstance(page, WhatIfPage)
    page.form.choose([])
    page.form.matchmaker.setCurrentIndex(0)
    page.form.draws.setValue(2)
    page.show_asked(wi.Question(paths=[], limits=[]))
    page.show_done()
    stage = Stage(page)
    yield stage
    page.ask_wanted.disconnect()
    page.cancel_wanted.disconnect()


def on_qts_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    async def whole(fixtures: dict[str, Any]) -> None:
        try:
            await test(**fixtures)
        finally:
            await fixtures["stage"].tasks.cancel_all()
        assert fixtures["stage"].reports == []

    @functools.wraps(test)
    def run(**fixtures: Any) -> None:
        qasync.run(whole(fixtures))

    return run


@on_qts_loop
async def test_a_question_is_answered_curve_table_and_words(stage: Stage, runs: list[str]) -> None:
    page = stage.page
    page.form.choose(runs[:1])
    stage.set_limits(80, 120, 40)
    QTest.mouseClick(page.form.ask, Qt.MouseButton.LeftButton)
    await stage.answered()
    [answer] = page.shown
    assert [one.limit_ms for one in answer.points] == [80, 100, 120, None]
    assert stage.cells(0)[:2] == ["happened: 100 ms", str(answer.happened.matches)]
    assert [stage.cells(row)[0] for row in range(1, 5)] == ["80 ms", "100 ms", "120 ms", "none"]
    assert stage.cells(2)[1] == stage.cells(0)[1]
    assert "held back" in page.about.text()
    assert "are estimates" in page.about.text()
    assert not page.banner.isVisible()


@on_qts_loop
async def test_a_point_and_its_row_are_chosen_together(stage: Stage, runs: list[str]) -> None:
    page = stage.page
    page.form.choose(runs)
    stage.set_limits(90, 90, 10)
    QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    await stage.answered()
    assert [answer.limits for answer in page.shown] == [[100], [80]]
    assert stage.cells(0)[0] == "A  happened: 100 ms"
    curve = page.curves[0]
    spot = next(spot for spot in curve._spots if spot[0] == runs[1] and spot[1] == 90)
    at = curve.mapFromScene(curve.getViewBox().mapViewToScene(QPointF(spot[2], spot[3])))
    QTest.mouseClick(curve.viewport(), Qt.MouseButton.LeftButton, pos=at)
    row = page.table.answers.rows[page.table.currentIndex().row()]
    assert (row.path, row.limit) == (runs[1], 90)
    assert page.about.text().startswith("B  ")
    QTest.keyClick(page.table, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    assert page.about.text().startswith("A  ")


@on_qts_loop
async def test_cancel_keeps_what_has_come_and_ends_the_process(stage: Stage, runs: list[str]) -> None:
    page = stage.page
    page.form.choose(runs[:1])
    stage.set_limits(100, 199, 1)
    page.form.draws.setValue(100)
    QTest.mouseClick(page.form.ask, Qt.MouseButton.LeftButton)
    process = await until(lambda: stage.desk._process)
    assert process is not None
    await until(lambda: page.shown and page.shown[0].points)
    QTest.mouseClick(page.form.cancel, Qt.MouseButton.LeftButton)
    assert not page.form.progress.isVisible()
    assert await asyncio.to_thread(process.wait, PATIENCE_S) != 0
    assert 1 <= len(page.shown[0].points) < 100
    assert not page.banner.isVisible()


@on_qts_loop
async def test_a_folder_that_is_no_run_is_said_and_the_others_are_answered(
    stage: Stage, runs: list[str], tmp_path: Path
) -> None:
    page = stage.page
    stage.set_limits(100, 100, 10)
    page.choose([str(tmp_path / "no run"), runs[0]])
    await stage.answered()
    assert "does not exist" in page.banner.text()
    assert [answer.path for answer in page.shown] == runs[:1]


@on_qts_loop
async def test_what_cannot_be_asked_is_said_before_anything_starts(stage: Stage, runs: list[str]) -> None:
    page = stage.page
    assert not page.form.ask.isEnabled()
    page.form.choose(runs[:1])
    stage.set_limits(120, 80, 10)
    QTest.mouseClick(page.form.ask, Qt.MouseButton.LeftButton)
    assert "above the highest" in page.banner.text()
    assert stage.desk._process is None


@on_qts_loop
async def test_another_matchmaker_asks_for_its_limit(stage: Stage, runs: list[str]) -> None:
    form = stage.page.form
    stage.set_limits(50, 100, 10)
    form.choose(runs[:1])
    assert not form.server_limit.isVisible()
    form.matchmaker.setFocus()
    QTest.keyClick(form.matchmaker, Qt.Key.Key_End)
    assert form.server_limit.isVisible()
    question = form.question()
    assert (question.matchmaker, question.max_server_rtt_ms) == ("latency_fifo", 150.0)
    assert command_for(question)[-2:] == ["--", runs[0]]
    QTest.keyClick(form.matchmaker, Qt.Key.Key_Home)


@on_qts_loop
async def test_figures_are_saved_as_csv_and_picture(stage: Stage, runs: list[str], tmp_path: Path) -> None:
    page = stage.page
    assert not page.export.isEnabled()
    page.form.choose(runs[:1])
    stage.set_limits(100, 100, 10)
    page.form.ask.click()
    await stage.answered()
    for kind in ("csv", "png", "svg"):
        assert page.export.save(tmp_path / f"out.{kind}")
        assert (tmp_path / f"out.{kind}").stat().st_size > 300
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text("utf-8-sig").splitlines()))
    assert [row["limit_ms"] for row in rows] == ["100 ms", "100", "none"]


@on_qts_loop
async def test_the_open_run_is_offered_and_runs_are_taken_out(stage: Stage, runs: list[str]) -> None:
    form = stage.page.form
    assert not form.add_open.isVisible()
    stage.page.offer(runs[1])
    QTest.mouseClick(form.add_open, Qt.MouseButton.LeftButton)
    assert form.paths == [runs[1]]
    assert not form.add_open.isVisible()
    form.list.setCurrentRow(0)
    QTest.mouseClick(form.remove, Qt.MouseButton.LeftButton)
    assert form.paths == []
    stage.page.offer("")
