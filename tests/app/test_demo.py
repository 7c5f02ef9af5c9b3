"""What a demonstration does not do: send its crowd into a run that is on, or take up an engine that is not its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from app import demo, exits
from app.exits import Failure
from app.options import Options
from app.tasks import Tasks
from app.wishes import Wishes
from core.server import engine_file
from core.server.engine_file import EngineFile
from widgets.main_window import MainWindow

EMPTY = Options()


@pytest.mark.parametrize("crowd", [None, demo.crowd(1.0)], ids=["a console", "a demonstration"])
async def test_an_engine_that_came_meanwhile_is_taken_up_by_consoles_only(
    qtbot, qapp, tmp_path: Path, logs_dir: Path, idle_engine: EngineFile, crowd
):
    kept = QSettings(str(tmp_path / "console.ini"), QSettings.Format.IniFormat)
    window = MainWindow(qapp, kept)
    qtbot.addWidget(window, before_close_func=lambda window: window.close_now())
    tasks = Tasks(lambda sentence, _details: pytest.fail(sentence))
    wishes = Wishes(window, kept, Options(logs_dir=logs_dir, crowd=crowd), tasks)
    try:
        await wishes.starting.take_up()
        assert (wishes.link.engine is None) == (crowd is not None)
    finally:
        await tasks.cancel_all()
        await wishes.leave()
    assert engine_file.find_running(logs_dir) == idle_engine


def test_the_first_folder_of_ours_without_an_engine_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logs_dir: Path, idle_engine: EngineFile, capsys
):
    monkeypatch.setattr(demo, "FOLDER", logs_dir)
    assert demo.options_for(EMPTY, 1.0).logs_dir == tmp_path / "logs_2"
    said = capsys.readouterr().err
    assert f"A demonstration is on in {logs_dir} already; this one is kept in {tmp_path / 'logs_2'}" in said
    with pytest.raises(Failure) as refused:
        demo.options_for(Options(logs_dir=logs_dir), 1.0)
    assert refused.value.code == exits.ENGINE_RUNNING
    assert demo.options_for(Options(logs_dir=tmp_path / "other"), 1.0).logs_dir == tmp_path / "other"
    assert capsys.readouterr().err == ""
