"""Which runs an engine is writing at this moment.

Owns that question. Must not import Qt: commands ask it, too.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from core.server import engine_file


def runs_on(folder: Path) -> Collection[Path]:
    """The run that an engine is writing in this folder, if one is, even if it stands still. Blocks for some seconds at
    most.
    """
    engine = engine_file.find_running(folder) or engine_file.find_silent(folder)
    return [] if engine is None or engine.run_dir is None else [Path(engine.run_dir)]
