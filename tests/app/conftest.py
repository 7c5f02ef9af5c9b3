"""Folders and engines for tests of the app.

Must not hold expectations.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.version import program_version
from core.server import engine_file
from core.server.engine_file import EngineFile
from tests.app.helpers import start_engine_of_version
from tests.end_to_end.stage import end_engine_of


@pytest.fixture
def logs_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "logs"
    folder.mkdir()
    yield folder
    end_engine_of(folder)


@pytest.fixture
def idle_engine(logs_dir: Path) -> Iterator[EngineFile]:
    """An engine of this version, without a run."""
    with start_engine_of_version(logs_dir, program_version()) as process:
        file = engine_file.find_running(logs_dir)
        assert file is not None
        yield file
        process.terminate()
