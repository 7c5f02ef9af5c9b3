"""Simulated runs to ask "what if" of, small enough to be made for each test file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.experiment.loader import load_experiment
from core.rehearsal.crowd import CrowdSettings
from core.rehearsal.simulate import Plan, Simulation

ONE_GAME = """
name: one_game
scenes:
  - {id: welcome, kind: page, text: Hello}
  - {id: task, kind: game, duration_s: 30}
  - {id: after, kind: page, text: Thanks}
matching: {max_p2p_rtt_ms: 100}
timeouts: {wait_s: 200, reconnect_s: 10}
"""
THREE_GAMES = """
name: three_games
scenes:
  - {id: welcome, kind: page, text: Hello}
  - {id: first, kind: game, duration_s: 30}
  - {id: again, kind: game, duration_s: 30, partners: PARTNERS}
  - {id: between, kind: page, text: A break}
  - {id: last, kind: game, duration_s: 20}
matching: {max_p2p_rtt_ms: 120}
timeouts: {wait_s: 150, reconnect_s: 10}
"""
TROUBLED = CrowdSettings(
    loss=0.1, no_webrtc_rate=0.1, drop_rate=0.4, silent_rate=0.05, hidden_rate=0.1, patience_s=120.0
)


def simulated(
    folder: Path, text: str = ONE_GAME, *, later: dict[float, Callable[[Simulation], object]] | None = None, **plan: Any
) -> Path:
    """A run's directory; `later`: what the operator does, by virtual seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "experiment.yaml").write_text(text)
    wanted = {"participants": 70, "seed": 5, "start_unix_s": 1_700_000_000.0, **plan}
    simulation = Simulation(load_experiment(folder), folder / "logs", Plan(**wanted), "test")
    for at_s, act in (later or {}).items():
        simulation.clock.call_later(at_s, lambda act=act: act(simulation))
    simulation.run()
    return simulation.files.directory.path
