"""The run as a whole: which, since when, doors, threshold, how it ended.

Owns what the run bar says of the run. Must not count people (see participants.py).
"""

from __future__ import annotations

from typing import Literal

from core import events as ev
from core.projections.base import Projection

RunState = Literal["none", "open", "closed", "draining", "ended"]


class RunProjection(Projection):
    """`state`: none (no run yet), open or closed (the doors), draining (games may finish), ended.

    `threshold_steps` holds `(elapsed_s, max_p2p_rtt_ms)`, the first at the start of the run, one more at each change.
    """

    def __init__(self) -> None:
        super().__init__()
        self.run_id = ""
        self.simulated = False
        self.experiment = ""
        self.group_size = 2
        self.matchmaker = ""
        self.scenes: list[ev.SceneSummary] = []
        self.links: list[str] = []
        self.state: RunState = "none"
        self.started_at: float | None = None
        self.ended_at: float | None = None
        self.last_elapsed_s = 0.0
        self.ended_reason: str | None = None
        self.intake_open = False
        self.matching_paused = False
        self.paused_by = ""
        self.max_server_rtt_ms: int | None = None
        self.no_partner = ""
        self.max_p2p_rtt_ms: int | None = None
        self.threshold_steps: list[tuple[float, int | None]] = []

    def partners_in(self, scene_id: str) -> Literal["any", "same", "new"]:
        """Who may play together in a scene, given earlier games; "any" for a scene that the log does not know."""
        return next((scene.partners for scene in self.scenes if scene.scene_id == scene_id), "any")

    def apply(self, event: ev.Event) -> None:
        """Fold one event; every event tells how long the run has lasted."""
        self.lasts(event.elapsed_s)
        super().apply(event)

    def lasts(self, elapsed_s: float) -> None:
        """There was an event at this time."""
        self.last_elapsed_s = max(self.last_elapsed_s, elapsed_s)

    def on_run_started(self, event: ev.RunStarted) -> None:
        """The first line."""
        self.run_id, self.experiment, self.simulated = event.run_id, event.experiment, event.simulated
        self.group_size, self.matchmaker = event.group_size, event.matchmaker
        self.scenes, self.links = event.scenes, event.links
        self.max_server_rtt_ms, self.no_partner = event.max_server_rtt_ms, event.no_partner
        self.started_at = event.timestamp
        self.max_p2p_rtt_ms = event.max_p2p_rtt_ms
        self.threshold_steps = [(event.elapsed_s, event.max_p2p_rtt_ms)]
        self.state = "closed"

    def on_run_resumed(self, event: ev.RunResumed) -> None:
        """Another engine, perhaps at another address."""
        self.links = event.links

    def on_intake_changed(self, event: ev.IntakeChanged) -> None:
        """Doors."""
        self.intake_open = event.open
        if self.state in ("open", "closed"):
            self.state = "open" if event.open else "closed"

    def on_matching_paused(self, event: ev.MatchingPaused) -> None:
        """Paused or taken up again."""
        self.matching_paused, self.paused_by = event.paused, event.by

    def on_threshold_changed(self, event: ev.ThresholdChanged) -> None:
        """One more step."""
        self.max_p2p_rtt_ms = event.new_max_p2p_rtt_ms
        self.threshold_steps.append((event.elapsed_s, event.new_max_p2p_rtt_ms))

    def on_run_ending(self, event: ev.RunEnding) -> None:
        """No newcomers, no new games."""
        self.state, self.intake_open = "draining", False

    def on_run_ended(self, event: ev.RunEnded) -> None:
        """Over."""
        self.state, self.intake_open = "ended", False
        self.ended_reason, self.ended_at = event.reason, event.timestamp
