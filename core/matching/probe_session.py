"""One probe under way: who has said what so far, how long each phase took, and what a silence means.

Owns the state of a single probe. Must not send, record or decide when it is over: the coordinator does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from core.clock import Timer, rounded
from core.events import ProbeFailure
from core.matching.evidence import PeerReport

OnComplete = Callable[[str, str, float | None], None]
Phase = Literal["prepare", "connect", "measure"]

CANNOT_BE_MEASURED = ("no_webrtc", "setup_failed")  # how pages report that they can make no peer connection at all


@dataclass(slots=True)
class ProbeSession:
    """One probe under way. `subjects`: who makes the offer, and the other; times are monotonic seconds, `spent_s` is by
    phase.
    """

    probe_session_id: str
    subjects: tuple[str, str]
    on_complete: OnComplete
    scene_id: str
    group_id: str
    attempt: int
    phase: Phase = "prepare"
    phase_began_s: float = 0.0
    deadline: Timer | None = None
    ready: set[str] = field(default_factory=set)
    signalled: set[str] = field(default_factory=set)
    reports: dict[str, PeerReport] = field(default_factory=dict)
    progress: dict[str, PeerReport] = field(default_factory=dict)  # the newest of those who have not reported yet
    made_up: set[str] = field(default_factory=set)  # who draws their answers instead of measuring
    spent_s: dict[str, float] = field(default_factory=dict)

    @property
    def asked(self) -> set[str]:
        """Who is to start and report: both; but a made-up side cannot be measured, and then answers for both."""
        return self.made_up or set(self.subjects)

    @property
    def known(self) -> dict[str, PeerReport]:
        """All there is to say of the two, by subject id."""
        return {**self.reports, **self.progress}

    def partner_of(self, subject_id: str) -> str:
        """The other of the two."""
        a, b = self.subjects
        return b if subject_id == a else a

    def leave_phase(self, now_s: float) -> None:
        """Its deadline holds no more, and how long it took is known."""
        if self.deadline is not None:
            self.deadline.cancel()
            self.spent_s[self.phase] = rounded(now_s - self.phase_began_s, 10_000)

    def times_s(self) -> tuple[float, float, float]:
        """Seconds to prepare, connect and measure. Connecting ends where the pages say their channel opened: the engine
        itself sees only their results.
        """
        opened = [r.connected_ms / 1000 for r in self.known.values() if r.connected_ms is not None]
        until_first_result_s = self.spent_s.get("connect", 0.0)
        connect_s = min(max(opened), until_first_result_s) if opened else until_first_result_s
        measure_s = until_first_result_s - connect_s + self.spent_s.get("measure", 0.0)
        return self.spent_s.get("prepare", 0.0), round(connect_s, 4), round(measure_s, 4)

    def failure_at_deadline(self) -> ProbeFailure:
        """What it means that this phase lasted too long."""
        both_described = self.phase == "connect" and len(self.signalled) == 2
        connected = any(report.connected_ms is not None for report in self.known.values())
        return "unreachable" if both_described and not connected else "timeout"

    def at_fault(self, reason: ProbeFailure) -> dict[str, bool]:
        """Whose own page did not answer, or (True) cannot be measured at all."""
        errors = {subject_id: report.error or "" for subject_id, report in self.reports.items()}
        unable = {subject_id: True for subject_id, error in errors.items() if error.startswith(CANNOT_BE_MEASURED)}
        if unable or reason != "timeout":
            return unable
        return dict.fromkeys(self.silent(), False)

    def silent(self) -> list[str]:
        """Who did not say what was their turn to say."""
        heard = {"prepare": self.ready, "connect": self.signalled, "measure": self.reports.keys()}
        asked = self.subjects if self.phase == "prepare" else self.asked
        silent = [one for one in self.subjects if one in asked and one not in heard[self.phase]]
        if self.phase == "connect":
            del silent[1:]  # the offerer comes first; without an offer there is nothing to answer
        return silent
