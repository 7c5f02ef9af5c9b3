"""A run in which everything that somebody can choose has "secret" in it, and much of it is a formula, too."""

from __future__ import annotations

from pathlib import Path

from core import events as ev
from tests.analysis import small_run

MALLORY, EVE, OSCAR = '=HYPERLINK("http://evil";"secret-mallory")', "@secret-eve;=1+1", "\tsecret-oscar\r\n+2\0'x"
RUN_ID, EXPERIMENT = "-secret-run/../x", "secret study; =2+3"
SCENE, GAME, GROUP, PROBE = "secret-scene", "+secret-game", "-secret-group", "@secret-probe"
PROLIFIC = "5f1secretc0ffee5f1c0ffee"
CONFIG = """\
name: secret study
title: secret-title
scenes: [{kind: page, id: secret-scene, title: secret-title, text: secret-instructions}]
matching: {group_size: 2, matchmaker: custom, matchmaker_file: secret-file.py, max_p2p_rtt_ms: 100, secret-key: 5}
ice_servers: [{urls: "turn:secret-host", username: secret-user, credential: secret-credential}]
server: {host: secret-server}
completion: {code: secret-code, text: secret-thanks, redirect_url: "https://secret-url"}
timeouts: {wait_s: 600.0, prepare_s: secret-s}
"""


def story() -> list[tuple[float, ev.Event]]:
    """(elapsed_s, event): every text field of every type of event that people, staff or files fill."""
    peer = ev.PeerEvidence(
        subject_id=MALLORY, samples_ms=[80.5], sent=1, received=1, path="secret-path", error="secret-error",
        ice=ev.IceEvidence(state="secret-ice", marks_ms={"secret-mark": 1.0}),
    )  # fmt: skip
    pair = {"subject_a": MALLORY, "subject_b": EVE, "scene_id": SCENE, "group_id": GROUP}
    text = {"by": "secret-lea", "reason": "secret-reason"}
    return [
        (0.0, ev.RunStarted(
            run_id=RUN_ID, experiment=EXPERIMENT, matchmaker="SecretMatchmaker", max_p2p_rtt_ms=100, by="secret-lea",
            scenes=[ev.SceneSummary(SCENE, "game", "=secret-title")], links=["http://secret-host:8765/"],
            program_version="secret-version",
        )),
        (1.0, ev.ParticipantJoined(subject_id=MALLORY, token_sha256="5ec7e7" * 10, user_agent="secret-agent")),
        (1.0, ev.ParticipantJoined(subject_id=EVE)),
        (1.5, ev.ParticipantJoined(subject_id=PROLIFIC)),
        (2.0, ev.PageCompleted(subject_id=MALLORY, scene_id=SCENE, data={"secret-key": "=secret-answer;=1"})),
        (3.0, ev.WaitroomEntered(subject_id=MALLORY, scene_id=SCENE, partners_wanted=[EVE])),
        (3.0, ev.WaitroomEntered(subject_id=EVE, scene_id=SCENE)),
        (4.0, ev.MatchProposed(group_id=GROUP, scene_id=SCENE, subjects=[MALLORY, EVE], matchmaker="SecretMatchmaker")),
        (4.0, ev.ProbeStarted(probe_session_id=PROBE, **pair)),
        (5.0, ev.ProbeFailed(probe_session_id=PROBE, reason="timeout", silent=[EVE], peers=[peer], **pair)),
        (5.0, ev.MatchRejected(
            group_id=GROUP, scene_id=SCENE, subjects=[MALLORY, EVE], reason="slow", worst=[MALLORY, EVE],
            rests_s={MALLORY: 3.0},
        )),
        (6.0, ev.ProbeCompleted(
            probe_session_id=PROBE, rtt_ms=80.5, accepted=True, path="secret-path", peers=[peer], **pair,
        )),
        (6.0, ev.WaitroomLeft(subject_id=MALLORY, scene_id=SCENE, reason="matched", waited_s=3.0)),
        (6.0, ev.MatchFormed(
            game_id=GAME, scene_id=SCENE, participants=[ev.MatchedParticipant(MALLORY), ev.MatchedParticipant(EVE)],
            group_id=GROUP, matchmaker_class="SecretMatchmaker",
        )),
        (6.0, ev.GameStarted(game_id=GAME, scene_id=SCENE, subjects=[MALLORY, EVE], game="secret-game-module")),
        (7.0, ev.GameData(game_id=GAME, scene_id=SCENE, subject_id=EVE, data="secret-data", record_id="secret-r1")),
        (7.5, ev.RunResumed(by="secret-lea", links=["http://secret-host:8765"])),
        (8.0, ev.GameEnded(game_id=GAME, scene_id=SCENE, subjects=[MALLORY, EVE], reason="finished", by="secret-lea")),
        (8.0, ev.ThresholdChanged(old_max_p2p_rtt_ms=100, new_max_p2p_rtt_ms=150, **text)),
        (8.0, ev.OperatorActed(action="secret-action", subjects=[OSCAR], text="secret-message", **text)),
        (8.0, ev.NoteAdded(text=f"=secret-note on {PROLIFIC}", **text)),
        (8.0, ev.AlertRaised(alert="secret-alert", text="secret-alert-text", subjects=[EVE])),
        (8.0, ev.ClientMessageRefused(message="secret-name", error="secret-problem", subject_id=PROLIFIC)),
        (8.0, ev.ParticipantExcluded(subject_id=EVE, excluded=True, **text)),
        (8.0, ev.ParticipantDisconnected(subject_id=EVE, reason="secret-transport")),
        (9.0, ev.ParticipantFinished(subject_id=MALLORY, completion_code="secret-code-1")),
        (9.0, ev.ParticipantLeft(
            subject_id=EVE, reason="removed", completion_code="secret-code-2", by="secret-lea", text="secret-bye",
        )),
        (10.0, ev.RunEnding(**text)),
        (10.0, ev.RunEnded(reason="drained", by="secret-lea")),
    ]  # fmt: skip


def write(run_dir: Path) -> Path:
    """The run, with two lines that no program of ours wrote."""
    small_run.write(run_dir, story(), CONFIG)
    with (run_dir / "events.jsonl").open("ab") as log:
        log.write(b'{"event_type":"secret_event","seq":90,"elapsed_s":11.0,"subject_id":"secret-walter"}\n')
        log.write(b'{"event_type":"probe_failed","reason":"secret-broken"}\n')
    return run_dir
