"""Folders, engines and the experiment page for tests of the app.

Must not hold expectations.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from app.version import program_version
from core.server import engine_file
from core.server.engine_file import EngineFile
from tests.app.experiment_stage import STUDY, Stage
from tests.app.helpers import start_engine_of_version
from tests.end_to_end.stage import end_engine_of
from tests.leftovers import closed_windows_are_gone, no_garbage_is_left
from tests.waiting import PATIENCE_S
from widgets.experiment_page import ExperimentPage
from widgets.main_window import MainWindow

__all__ = ["closed_windows_are_gone", "no_garbage_is_left"]


@pytest.fixture
def logs_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "logs"
    folder.mkdir()
    yield folder
    end_engine_of(folder)


@pytest.fixture
def idle_engine(logs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EngineFile]:
    """An engine of this version, without a run; on a busy machine it may answer late."""
    monkeypatch.setattr(engine_file, "ANSWER_WITHIN_S", PATIENCE_S)
    with start_engine_of_version(logs_dir, program_version()) as process:
        file = engine_file.find_running(logs_dir)
        assert file is not None
        yield file
        process.terminate()


@pytest.fixture(scope="module")
def console(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The console's window on its experiment page; one for all, as it takes long to make."""
    settings = QSettings(str(tmp_path_factory.mktemp("settings") / "console.ini"), QSettings.Format.IniFormat)
    window = MainWindow(qapp, settings)
    window.show_empty()
    window.show()
    window.activateWindow()
    page = window.pages.page("experiment")
    assert isinstance(page, ExperimentPage)
    window.pages.go_to("experiment")
    yield Stage(page)
    window.close_now()
    window.deleteLater()


@pytest.fixture
def stage(console: Stage, tmp_path: Path) -> Iterator[Stage]:
    """With nothing open, and everything that is written in `folder`."""
    console.begin(tmp_path)
    yield console
    assert console.reports == []


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """It is open when a test begins."""
    file = tmp_path / "study.yaml"
    file.write_bytes(STUDY.encode())
    return file
