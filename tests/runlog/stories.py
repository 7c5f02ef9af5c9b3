"""One session with every type of event in it, for the tests of writing, reading and summing up.

`python -m tests.runlog.stories DIRECTORY` writes it as a run's log: that is how the files under `logs/` were made, by
the program of their schema version. Those are never made anew once a version shipped.
"""

from __future__ import annotations

import sys
from pathlib import Path

from core import events as ev
from core.clock import VirtualClock
from core.runlog.event_logger import EventLogger

START_UNIX_S = 1_795_000_000.0


def session() -> list[tuple[float, ev.Event]]:
    """(elapsed_s, event): Ana and Bo wait, are measured slow, then well enough, play; Cy gives up; Di stays."""
    evidence = [
        ev.PeerEvidence(
            subject_id="ana", samples_ms=[200.5, 201.0], sent=15, received=2, loss=0.8, jitter_ms=0.5, path="host"
        ),
        ev.PeerEvidence(subject_id="bo", sent=0, hidden=True, error="ICE failed: \u201cno route\u201d"),
    ]
    return [
        *_arrivals(),
        (20.0, ev.MatchProposed(group_id="g1", scene_id="play", subjects=["ana", "bo"], matchmaker="FIFOMatchmaker")),
        (20.0, ev.ProbeStarted(probe_session_id="p1", subject_a="ana", subject_b="bo", max_p2p_rtt_ms=150)),
        (28.0, _failure("p1", evidence)),
        (28.0, ev.ProbeStarted(probe_session_id="p2", subject_a="ana", subject_b="bo", max_p2p_rtt_ms=150, attempt=2)),
        (30.0, _measurement("p2", 200.75, accepted=False, limit_ms=150, peers=evidence)),
        (30.0, _rejection()),
        (40.0, ev.ThresholdChanged(old_max_p2p_rtt_ms=150, new_max_p2p_rtt_ms=250, by="Lea", reason="few today")),
        (41.0, _measurement("p3", 190.25, accepted=True, limit_ms=250)),
        (41.0, ev.WaitroomLeft(subject_id="ana", scene_id="play", reason="matched", waited_s=31.0)),
        (41.0, ev.WaitroomLeft(subject_id="bo", scene_id="play", reason="matched", waited_s=23.0)),
        (41.0, _match()),
        (41.5, ev.GameStarted(game_id="game1", scene_id="play", subjects=["ana", "bo"], duration_s=60.0, seed=7)),
        (50.0, ev.GameData(game_id="game1", scene_id="play", subject_id="ana", data={"score": [1, 2.5, None, "ü"]})),
        (55.0, ev.PlayerFinished(game_id="game1", scene_id="play", subject_id="ana")),
        (
            101.5,
            ev.GameEnded(game_id="game1", scene_id="play", subjects=["ana", "bo"], reason="deadline", duration_s=60.0),
        ),
        (110.0, ev.ParticipantFinished(subject_id="ana", completion_code="C0FFEE")),
        (111.0, ev.ParticipantFinished(subject_id="bo", completion_code="C0FFEF")),
        *_the_end(),
    ]


def _arrivals() -> list[tuple[float, ev.Event]]:
    scenes = [ev.SceneSummary("hello", "page", "Welcome"), ev.SceneSummary("play", "game", "Meet in the middle")]
    return [
        (0.0, ev.RunStarted(run_id="run_story", experiment="quick_start", max_p2p_rtt_ms=150, scenes=scenes, by="Lea")),
        (1.0, ev.ParticipantJoined(subject_id="ana", token_sha256="ab" * 32, user_agent="Firefox")),
        (1.1, ev.SceneEntered(subject_id="ana", scene_id="hello")),
        (2.0, ev.ParticipantJoined(subject_id="bo", simulated=True)),
        (9.0, ev.PageCompleted(subject_id="ana", scene_id="hello", data={"age": "31", "=cmd()": "<b>x</b>\u2028"})),
        (10.0, ev.WaitroomEntered(subject_id="ana", scene_id="play")),
        (11.0, ev.VisibilityChanged(subject_id="ana", hidden=True)),
        (12.0, ev.ServerRttMeasured(subject_id="ana", rtt_ms=21.5, sample_ms=22.5)),
        (12.5, ev.LivenessChanged(subject_id="ana", silent=True)),
        (13.0, ev.ParticipantDisconnected(subject_id="ana", reason="transport close", grace_s=30.0)),
        (15.0, ev.ParticipantReconnected(subject_id="ana", away_s=2.0)),
        (18.0, ev.WaitroomEntered(subject_id="bo", scene_id="play")),
        (19.0, ev.ParticipantJoined(subject_id="cy")),
        (19.5, ev.ParticipantJoined(subject_id="di")),
        (19.6, ev.WaitroomEntered(subject_id="cy", scene_id="play")),
    ]


def _the_end() -> list[tuple[float, ev.Event]]:
    return [
        (112.0, ev.ClientMessageRefused(message="probe_result", error="rtt_ms is not a number", subject_id="cy")),
        (113.0, ev.OperatorActed(action="message_participant", by="Lea", subjects=["cy"], text="One moment, please")),
        (113.2, ev.ParticipantExcluded(subject_id="cy", excluded=True, by="Lea", reason="talks on the phone")),
        (113.3, ev.ParticipantExcluded(subject_id="cy", excluded=False, by="Lea")),
        (113.4, ev.WaitingExtended(subject_id="cy", by_s=60.0, subjects=["cy"], by="Lea")),
        (113.6, ev.NoteAdded(text="The heating is loud", by="Lea")),
        (114.0, ev.AlertRaised(alert="nobody_to_match", text="Cy has waited for 90 s", subjects=["cy"])),
        (114.5, ev.AlertAcknowledged(alert="nobody_to_match", by="Lea")),
        (114.6, ev.RunResumed(by="Lea", program_version="0", away_s=12.5, links=["http://192.0.2.1:8765"])),
        (115.0, ev.MatchingPaused(paused=True, by="Lea")),
        (116.0, ev.IntakeChanged(open=False, by="Lea")),
        (120.0, ev.WaitroomLeft(subject_id="cy", scene_id="play", reason="left", waited_s=100.4)),
        (120.0, ev.ParticipantLeft(subject_id="cy", reason="left")),
        (120.1, ev.AlertCleared(alert="nobody_to_match")),
        (121.0, ev.EngineHealth(loop_lag_ms=0.75, clients=1, memory_bytes=60_000_000, disk_free_bytes=10**12)),
        (122.0, ev.RunEnding(by="Lea", reason="lunch")),
        (125.0, ev.ParticipantLeft(subject_id="di", reason="run_ended")),
        (125.0, ev.RunEnded(reason="drained", by="Lea", joined=4, finished=2, games=1)),
    ]


def _failure(probe_session_id: str, peers: list[ev.PeerEvidence]) -> ev.Event:
    return ev.ProbeFailed(
        probe_session_id=probe_session_id,
        subject_a="ana",
        subject_b="bo",
        reason="timeout",
        phase="connect",
        max_p2p_rtt_ms=150,
        will_retry=True,
        silent=["bo"],
        peers=peers,
        prepare_s=0.2,
        connect_s=8.0,
        loop_lag_ms=0.3,
    )


def _measurement(
    probe_session_id: str, rtt_ms: float, *, accepted: bool, limit_ms: int, peers: list[ev.PeerEvidence] | None = None
) -> ev.Event:
    return ev.ProbeCompleted(
        probe_session_id=probe_session_id,
        subject_a="ana",
        subject_b="bo",
        rtt_ms=rtt_ms,
        accepted=accepted,
        max_p2p_rtt_ms=limit_ms,
        peers=peers or [],
    )


def _rejection() -> ev.Event:
    return ev.MatchRejected(
        group_id="g1",
        scene_id="play",
        subjects=["ana", "bo"],
        reason="slow",
        worst=["ana", "bo"],
        rtt_ms=200.75,
        max_p2p_rtt_ms=150,
    )


def _match() -> ev.Event:
    return ev.MatchFormed(
        game_id="game1",
        scene_id="play",
        participants=[ev.MatchedParticipant("ana", 21.5), ev.MatchedParticipant("bo")],
        group_id="g2",
        p2p_rtt_ms=190.25,
        max_p2p_rtt_ms=250,
        matchmaker_class="FIFOMatchmaker",
        remeasured=False,
    )


def write(logger: EventLogger, clock: VirtualClock) -> list[ev.Event]:
    """Append the whole session at its own times."""
    written = []
    for elapsed_s, event in session():
        clock.advance(max(0.0, elapsed_s - clock.monotonic()))
        written.append(logger.append(event))
    return written


def main(directory: Path) -> None:
    """Write the session, an event of one's own, and a line that was never finished."""
    clock = VirtualClock(START_UNIX_S)
    with EventLogger(output_file=directory / "events.jsonl", clock=clock) as logger:
        write(logger, clock)
        logger.log("coffee_served", {"cups": 2})
    with (directory / "events.jsonl").open("ab") as file:
        file.write(b'{"event_type":"participant_joined","seq":46,"times')


if __name__ == "__main__":
    main(Path(sys.argv[1]))
