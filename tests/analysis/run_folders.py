"""Run directories for the tests of the list of runs: small ones, quickly made, all alike or spoilt.

Must not hold tests.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from core import events as ev
from core.analysis.runs import run_index
from core.runlog.run_directory import EVENTS_FILE, RunDirectory
from tests.projections.stories import Story

START_UNIX_S = 1_795_000_000.0
_encode = msgspec.json.Encoder().encode


def log_of(story: Story) -> bytes:
    return b"".join(_encode(event) + b"\n" for event in story.events)


def small_story(*, ended: bool = True, limit: int | None = 150, simulated: bool = False) -> Story:
    """Two join, wait 4 s and 2 s, are measured at 90 ms, and play; a third is too far away at 290 ms from one."""
    story = Story(START_UNIX_S).begin(limit, simulated=simulated)
    story.at(1).join("a", "b", "c", simulated=simulated)
    story.tell(ev.ProbeCompleted, probe_session_id="1", subject_a="a", subject_b="c", rtt_ms=290.0, accepted=False)
    story.at(5).tell(ev.ProbeCompleted, probe_session_id="2", subject_a="a", subject_b="b", rtt_ms=90.0, accepted=True)
    story.tell(ev.ProbeFailed, probe_session_id="3", subject_a="b", subject_b="c", reason="timeout")
    for subject_id, waited_s in (("a", 4.0), ("b", 2.0)):
        story.tell(ev.WaitroomLeft, subject_id=subject_id, scene_id="meet", reason="matched", waited_s=waited_s)
    story.tell(ev.MatchFormed, game_id="g1", scene_id="meet", participants=[])
    story.at(30).tell(ev.ThresholdChanged, old_max_p2p_rtt_ms=limit, new_max_p2p_rtt_ms=80)
    if ended:
        story.at(60).tell(ev.RunEnded, reason="drained")
    return story


def make_run(folder: Path, name: str, log: bytes | None = None, **manifest: object) -> RunDirectory:
    """A run directory of this name, with the small story in its log."""
    path = folder / name
    path.mkdir(parents=True)
    run = RunDirectory(path)
    if log is None:
        log = log_of(small_story())
    run.events_path.write_bytes(log)
    fields = {"experiment": "quick_start", "started_at": START_UNIX_S, "status": "ended", "reason": "drained"}
    run.write_manifest(**(fields | manifest))
    return run


def append(run_dir: Path, data: bytes) -> None:
    with (run_dir / EVENTS_FILE).open("ab") as log:
        log.write(data)


def settle(monkeypatch) -> None:
    """As if everything had been written long ago."""
    monkeypatch.setattr(run_index, "_SETTLED_NS", -(10**18))


def as_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
