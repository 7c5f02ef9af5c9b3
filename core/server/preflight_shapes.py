"""The shapes of the checks before a run: what they are asked about, and what each comes to.

Owns these shapes. Must not look at anything: preflight_machine.py and preflight_network.py do.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from core.experiment.loader import LoadedExperiment

Level = Literal["fine", "beware", "stop"]
LEVELS: Final[tuple[Level, ...]] = ("fine", "beware", "stop")


@dataclass(frozen=True)
class Finding:
    """What a check came to: `sentence` says what is, `advice` what to do ("" if nothing)."""

    level: Level
    sentence: str
    advice: str = ""


@dataclass(frozen=True)
class Situation:
    """The run that is to be: where it will be logged and listen, and where this user's own engine listens already."""

    loaded: LoadedExperiment
    logs_dir: Path
    host: str
    port: int
    own_port: int | None = None
