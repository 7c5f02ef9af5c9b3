"""A small run with round numbers, for tests whose expected values are worked out by hand.

Ana and Bo are proposed at 10 s, fail once, are too slow, are matched at 30 s once the limit has moved, and finish.
Cy waits from 12 s, is tried with Ana in vain, gives up at 40 s and leaves. Di waits still when the log ends at 100 s.
Ed only joins.
"""

from __future__ import annotations

from pathlib import Path

from core import events as ev
from core.clock import VirtualClock
from core.runlog.event_logger import EventLogger

START_UNIX_S = 1_795_000_000.0
RUN_ID = "run_small"

CONFIG = """\
name: small_study
matching:
  group_size: 2
  max_p2p_rtt_ms: 100
ice_servers:
- urls: turn:turn.example.org
  username: lab
  credential: open-sesame
completion:
  code: THANKS42
"""


def story() -> list[tuple[float, ev.Event]]:
    """(elapsed_s, event)."""
    a, b = "ana", "bo"
    first = [
        ev.PeerEvidence(subject_id=a, samples_ms=[80.0], sent=10, received=1),
        ev.PeerEvidence(subject_id=b, samples_ms=[], sent=6, received=0),
    ]
    second = [
        ev.PeerEvidence(subject_id=a, samples_ms=[118.0, 122.0], sent=2, received=2),
        ev.PeerEvidence(subject_id=b, samples_ms=[121.0], sent=2, received=1),
    ]
    scenes = [ev.SceneSummary("hello", "page", "Welcome"), ev.SceneSummary("play", "game", "Play")]
    return [
        (0.0, ev.RunStarted(
            run_id=RUN_ID, experiment="small_study", group_size=2, matchmaker="FIFOMatchmaker", max_p2p_rtt_ms=100,
            scenes=scenes, program_version="0.1.0", by="Lea",
        )),
        (1.0, ev.ParticipantJoined(subject_id=a, user_agent="Firefox on Ana's laptop")),
        (2.0, ev.ParticipantJoined(subject_id=b, simulated=True)),
        (2.0, ev.SceneEntered(subject_id=a, scene_id="hello")),
        (3.0, ev.PageCompleted(subject_id=a, scene_id="hello", data={"age": 31})),
        (5.0, ev.WaitroomEntered(subject_id=a, scene_id="play")),
        (8.0, ev.WaitroomEntered(subject_id=b, scene_id="play")),
        (9.0, ev.ServerRttMeasured(subject_id=a, rtt_ms=20.0, sample_ms=20.0)),
        (9.5, ev.ServerRttMeasured(subject_id=a, rtt_ms=25.0, sample_ms=30.0)),
        (10.0, ev.MatchProposed(group_id="g1", scene_id="play", subjects=[a, b], matchmaker="FIFOMatchmaker")),
        (10.0, ev.ProbeStarted(
            probe_session_id="p1", subject_a=a, subject_b=b, scene_id="play", group_id="g1", max_p2p_rtt_ms=100,
        )),
        (11.0, ev.ParticipantJoined(subject_id="cy")),
        (12.0, ev.WaitroomEntered(subject_id="cy", scene_id="play")),
        (14.0, ev.ProbeFailed(
            probe_session_id="p1", subject_a=a, subject_b=b, reason="timeout", phase="measure", scene_id="play",
            group_id="g1", max_p2p_rtt_ms=100, will_retry=True, silent=[b], peers=first, prepare_s=1.0, connect_s=2.0,
            measure_s=0.5,
        )),
        (14.0, ev.ProbeStarted(
            probe_session_id="p2", subject_a=a, subject_b=b, scene_id="play", group_id="g1", attempt=2,
            max_p2p_rtt_ms=100,
        )),
        (16.0, ev.ProbeCompleted(
            probe_session_id="p2", subject_a=a, subject_b=b, rtt_ms=121.0, accepted=False, scene_id="play",
            group_id="g1", attempt=2, max_p2p_rtt_ms=100, sent=4, received=3, loss=0.25, jitter_ms=4.0, path="host",
            peers=second, prepare_s=0.25, connect_s=0.5, measure_s=0.75, ended_early=True,
        )),
        (16.0, ev.MatchRejected(
            group_id="g1", scene_id="play", subjects=[a, b], reason="slow", worst=[a, b], rtt_ms=121.0,
            max_p2p_rtt_ms=100,
        )),
        (18.0, ev.MatchProposed(group_id="g2", scene_id="play", subjects=["cy", a])),
        (18.5, ev.MatchRejected(group_id="g2", scene_id="play", subjects=["cy", a], reason="left")),
        (20.0, ev.ThresholdChanged(old_max_p2p_rtt_ms=100, new_max_p2p_rtt_ms=150, by="Lea", reason="few today")),
        (25.0, ev.MatchProposed(group_id="g3", scene_id="play", subjects=[a, b])),
        (25.0, ev.ProbeStarted(probe_session_id="p3", subject_a=b, subject_b=a, scene_id="play", group_id="g3")),
        (30.0, ev.ProbeCompleted(
            probe_session_id="p3", subject_a=b, subject_b=a, rtt_ms=119.0, accepted=True, scene_id="play",
            group_id="g3", max_p2p_rtt_ms=150, sent=30, received=30, loss=0.0, jitter_ms=1.0, path="relay",
            measure_s=5.0, simulated=True,
        )),
        (30.0, ev.WaitroomLeft(subject_id=a, scene_id="play", reason="matched", waited_s=25.0)),
        (30.0, ev.WaitroomLeft(subject_id=b, scene_id="play", reason="matched", waited_s=22.0)),
        (30.0, ev.MatchFormed(
            game_id="game1", scene_id="play", group_id="g3", p2p_rtt_ms=119.0, max_p2p_rtt_ms=150, forced=True,
            participants=[ev.MatchedParticipant(b, 20.0), ev.MatchedParticipant(a)], matchmaker_class="FIFOMatchmaker",
            remeasured=True,
        )),
        (31.0, ev.GameStarted(game_id="game1", scene_id="play", subjects=[b, a], duration_s=30.0, seed=7)),
        (35.0, ev.GameData(game_id="game1", scene_id="play", subject_id=a, data=[1, None, "x"])),
        (40.0, ev.WaitroomLeft(subject_id="cy", scene_id="play", reason="left", waited_s=28.0)),
        (40.0, ev.ParticipantLeft(subject_id="cy", reason="left")),
        (50.0, ev.ParticipantJoined(subject_id="di")),
        (61.0, ev.GameEnded(game_id="game1", scene_id="play", subjects=[b, a], reason="deadline", duration_s=30.0)),
        (62.0, ev.ParticipantFinished(subject_id=a, completion_code="C0FFEE")),
        (63.0, ev.ParticipantFinished(subject_id=b, completion_code="C0FFEF")),
        (70.0, ev.WaitroomEntered(subject_id="di", scene_id="play")),
        (80.0, ev.ParticipantJoined(subject_id="ed")),
        (100.0, ev.NoteAdded(text="the heating is loud", by="Lea")),
    ]  # fmt: skip


def write(run_dir: Path, told: list[tuple[float, ev.Event]] | None = None, config: str = CONFIG) -> Path:
    """The run's directory, with a log and a configuration."""
    clock = VirtualClock(START_UNIX_S)
    run_dir.mkdir(parents=True)
    (run_dir / "config.yaml").write_text(config, encoding="utf-8")
    with EventLogger(run_dir / "events.jsonl", clock=clock, fsync=False) as logger:
        for elapsed_s, event in story() if told is None else told:
            clock.advance(max(0.0, elapsed_s - clock.monotonic()))
            logger.append(event)
    return run_dir
