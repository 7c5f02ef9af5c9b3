"""What the console was told on the command line.

Owns the shape. Must not act on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from widgets.stand_ins import Bots


@dataclass(frozen=True)
class Options:
    """The command line (main.py says what each is for); None: as the experiment file or the user's settings say."""

    experiment: str | None = None
    logs_dir: Path | None = None
    port: int | None = None
    start: bool = False
    open_run: Path | None = None
    screenshot: Path | None = None
    after_s: float = 3.0
    in_process: bool = False
    crowd: Bots | None = None  # the demonstration's: the run is theirs, and ends with the window
