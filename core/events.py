"""Every event type of a run. The log is a list of these, one JSON object a line; everything shown is a fold of them.

Owns names, fields and units of events. Must not decide, read or write anything. Units stand in the names: `_ms`, `_s`
(seconds), `_bytes`; `timestamp` is Unix seconds, `elapsed_s` is monotonic since the run started. Fields are only ever
added, with a default, so that every log that was ever written stays readable (`core/runlog/upgrades.py`).
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

SCHEMA_VERSION = 1

ProbeFailure = Literal["unreachable", "timeout", "left", "too_few_answers", "cancelled"]
RejectionReason = Literal["slow", "unreachable", "timeout", "left", "called_off"]  # called off: by the operator
AlertSeverity = Literal["notice", "warning", "error"]
SceneKind = Literal["page", "game"]


class Event(msgspec.Struct, kw_only=True, tag_field="event_type", omit_defaults=False, gc=False):
    """What every event carries. The EventLogger stamps `seq`, `timestamp` and `elapsed_s` when it writes.

    `gc=False`: no event leads back to itself, so the garbage collector need not look at millions of them.
    """

    seq: int = 0
    timestamp: float = 0.0
    elapsed_s: float = 0.0


class SceneSummary(msgspec.Struct, frozen=True, gc=False):
    """One scene of the experiment, as much of it as a reader of the log needs."""

    scene_id: str
    kind: SceneKind
    title: str = ""
    partners: Literal["any", "same", "new"] = "any"  # of a game: who may play together, given earlier games


class MatchedParticipant(msgspec.Struct, frozen=True, gc=False):
    """A member of a group; `rtt_ms` is the server RTT at that moment, never the peer-to-peer one."""

    subject_id: str
    rtt_ms: float | None = None


class IceEvidence(msgspec.Struct, frozen=True, gc=False):
    """How far a page got with connecting, in its own words; never an address."""

    state: str | None = None  # of its ICE transport: checking, connected, …
    errors: list[int] = []  # of STUN and TURN servers: 401 is a refused secret, 701 a server that cannot be reached
    marks_ms: dict[str, float] = {}  # when each step happened, since the page was told to prepare


class PeerEvidence(msgspec.Struct, frozen=True, gc=False):
    """What one of the two peers reported of a probe."""

    subject_id: str
    samples_ms: list[float] = []
    sent: int = 0
    received: int = 0
    loss: float | None = None  # 0 to 1; None if nothing was sent
    jitter_ms: float | None = None  # mean absolute difference of successive samples; None under two samples
    path: str | None = None  # host, srflx, prflx or relay, as the peer's own getStats said; never an address
    hidden: bool | None = None  # whether the page was in a background tab when it reported
    error: str | None = None  # what the page said went wrong
    so_far: bool = False  # the last it said on the way: the probe ended before its result came
    ice: IceEvidence | None = None  # None: it said nothing of it


# --- the run ----------------------------------------------------------------------------------------------------------


class RunStarted(Event, tag="run_started"):
    """The first event of every log."""

    run_id: str
    schema_version: int = SCHEMA_VERSION
    program_version: str = ""
    experiment: str = ""
    group_size: int = 2
    matchmaker: str = ""
    max_p2p_rtt_ms: int | None = None
    scenes: list[SceneSummary] = []
    links: list[str] = []  # where participants can join, most reachable first
    by: str = ""
    simulated: bool = False  # nobody took part: `main.py simulate` wrote this
    max_server_rtt_ms: int | None = None  # the most that a pair's server RTTs may add up to; None: no such limit
    group_hidden_tabs: bool = False  # whether somebody whose tab is in the background may be chosen
    measured_fresh_s: float = 0.0  # for how long a pair's first measurement counts; 0: the log does not say
    no_partner: Literal["", "page", "redirect", "scene"] = ""  # what comes of waiting in vain; "": it does not say


class RunResumed(Event, tag="run_resumed"):
    """Another engine goes on with this run: the one before was ended in the midst of it, `away_s` after its last event.

    What was under way then is told by the events that follow: everybody's connection was lost, open probes failed.
    """

    by: str = ""
    program_version: str = ""
    away_s: float = 0.0
    links: list[str] = []  # where participants can join from now on


class RunEnding(Event, tag="run_ending"):
    """The doors are shut for good; games under way may finish (`drain`)."""

    by: str = ""
    reason: str = ""


class RunEnded(Event, tag="run_ended"):
    """The last event of a log that was closed in order."""

    reason: Literal["drained", "ended_now", "duration", "stopped", "log_failed"]
    by: str = ""
    joined: int = 0
    finished: int = 0
    games: int = 0


class ThresholdChanged(Event, tag="threshold_changed"):
    """`max_p2p_rtt_ms` moved while the run was on; None means no threshold, so no probes."""

    old_max_p2p_rtt_ms: int | None
    new_max_p2p_rtt_ms: int | None
    by: str = ""
    reason: str = ""


class IntakeChanged(Event, tag="intake_changed"):
    """The doors were opened or closed to newcomers; those who are here stay."""

    open: bool
    by: str = ""
    reason: str = ""


class MatchingPaused(Event, tag="matching_paused"):
    """Matching was paused or taken up again; those who wait keep their places."""

    paused: bool
    by: str = ""
    reason: str = ""


# --- participants -----------------------------------------------------------------------------------------------------


class ParticipantJoined(Event, tag="participant_joined"):
    """Somebody new. `token_sha256` lets a rebuilt engine recognise them without the log holding the token itself."""

    subject_id: str
    token_sha256: str = ""
    user_agent: str = ""
    simulated: bool = False


class ParticipantDisconnected(Event, tag="participant_disconnected"):
    """The connection was lost; place and waiting time are kept until `grace_s` has passed."""

    subject_id: str
    reason: str = ""
    grace_s: float = 0.0


class ParticipantReconnected(Event, tag="participant_reconnected"):
    """Back: after `away_s`, or in a second tab that replaced the first (`replaced`)."""

    subject_id: str
    away_s: float = 0.0
    replaced: bool = False
    token_sha256: str = ""


class ParticipantLeft(Event, tag="participant_left"):
    """Gone for good, before the end."""

    subject_id: str
    reason: Literal["left", "removed", "reconnect_timeout", "wait_timeout", "run_ended"]
    by: str = ""
    text: str = ""
    completion_code: str = ""  # for having waited in vain


class ParticipantFinished(Event, tag="participant_finished"):
    """Went through every scene."""

    subject_id: str
    completion_code: str = ""


class SceneEntered(Event, tag="scene_entered"):
    """A participant is now in this scene."""

    subject_id: str
    scene_id: str
    kind: SceneKind = "page"
    index: int = 0


class PageCompleted(Event, tag="page_completed"):
    """A participant is done with a page; `data` is what its form held, as the participant sent it."""

    subject_id: str
    scene_id: str
    data: Any = None


class VisibilityChanged(Event, tag="visibility_changed"):
    """The participant's tab went to the background or came back."""

    subject_id: str
    hidden: bool


class LivenessChanged(Event, tag="liveness_changed"):
    """A connected page stopped answering the server's pings (`silent`), or answers again."""

    subject_id: str
    silent: bool


class WaitroomEntered(Event, tag="waitroom_entered"):
    """A participant waits for partners in this scene, for `wait_s` at most (None: without limit, or not said).

    `partners_wanted` are earlier partners who may still come: nobody else will do for the first `partners_wait_s`.
    """

    subject_id: str
    scene_id: str
    wait_s: float | None = None
    partners_wanted: list[str] = []
    partners_wait_s: float = 0.0


class WaitroomLeft(Event, tag="waitroom_left"):
    """A participant waits no more."""

    subject_id: str
    scene_id: str
    reason: Literal["matched", "left", "removed", "reconnect_timeout", "wait_timeout", "run_ended", "sent"]
    waited_s: float = 0.0


class WaitingExtended(Event, tag="waiting_extended"):
    """The operator lets people wait `by_s` longer: `subject_id`, or (None) all of `subjects`, who wait at this moment.

    Each deadline moves from where it is, or from now if it is over.
    """

    by_s: float
    subjects: list[str]
    subject_id: str | None = None
    by: str = ""
    reason: str = ""


class ParticipantExcluded(Event, tag="participant_excluded"):
    """The operator keeps somebody out of matching, in their place, or takes them in again (`excluded` False)."""

    subject_id: str
    excluded: bool
    by: str = ""
    reason: str = ""


class ServerRttMeasured(Event, tag="server_rtt_measured"):
    """`rtt_ms` is the median of the last five answers to the server's ping, `sample_ms` the newest of them."""

    subject_id: str
    rtt_ms: float
    sample_ms: float


# --- matching and measuring -------------------------------------------------------------------------------------------


class MatchProposed(Event, tag="match_proposed"):
    """The matchmaker chose this group; it will be probed if there is a threshold."""

    group_id: str
    scene_id: str
    subjects: list[str]
    matchmaker: str = ""
    forced: bool = False


class ProbeStarted(Event, tag="probe_started"):
    """Two peers were told to measure. `attempt` counts the tries of this pair in this proposal, from 1."""

    probe_session_id: str
    subject_a: str
    subject_b: str
    scene_id: str = ""
    group_id: str = ""
    max_p2p_rtt_ms: int | None = None
    attempt: int = 1


class ProbeCompleted(Event, tag="probe_completed"):
    """A measurement. `max_p2p_rtt_ms` is the threshold in force when it was complete, the one it was judged against."""

    probe_session_id: str
    subject_a: str
    subject_b: str
    rtt_ms: float
    accepted: bool
    scene_id: str = ""
    group_id: str = ""
    max_p2p_rtt_ms: int | None = None
    attempt: int = 1
    sent: int = 0
    received: int = 0
    loss: float | None = None
    jitter_ms: float | None = None
    path: str | None = None
    peers: list[PeerEvidence] = []
    prepare_s: float = 0.0
    connect_s: float = 0.0
    measure_s: float = 0.0
    loop_lag_ms: float | None = None
    simulated: bool = False
    ended_early: bool = False  # no answer still to come could have changed the verdict


class ProbeFailed(Event, tag="probe_failed"):
    """No measurement. `phase` is where it stopped: prepare, connect or measure."""

    probe_session_id: str
    subject_a: str
    subject_b: str
    reason: ProbeFailure
    phase: Literal["prepare", "connect", "measure"] = "prepare"
    scene_id: str = ""
    group_id: str = ""
    max_p2p_rtt_ms: int | None = None
    attempt: int = 1
    will_retry: bool = False
    silent: list[str] = []  # whose answer was missing when the deadline came
    peers: list[PeerEvidence] = []
    prepare_s: float = 0.0
    connect_s: float = 0.0
    measure_s: float = 0.0
    loop_lag_ms: float | None = None


class MatchRejected(Event, tag="match_rejected"):
    """A proposed group went back to the waitroom; `worst` is the pair that decided.

    Those two are not proposed together again for `retry_after_s`, unless the threshold moves so that they may play.
    `rests_s`: who sits out for so many seconds, because they were refused again and again, did not answer or cannot be
    measured.
    """

    group_id: str
    scene_id: str
    subjects: list[str]
    reason: RejectionReason
    worst: list[str] = []
    rtt_ms: float | None = None
    max_p2p_rtt_ms: int | None = None
    retry_after_s: float | None = None
    rests_s: dict[str, float] = {}


class MatchFormed(Event, tag="match_formed"):
    """A group is one. `p2p_rtt_ms` is its worst pair's measurement; None if no probe was asked for."""

    game_id: str
    scene_id: str
    participants: list[MatchedParticipant]
    group_id: str = ""
    p2p_rtt_ms: float | None = None
    max_p2p_rtt_ms: int | None = None
    matchmaker_class: str = ""
    remeasured: bool = True  # False: judged on a measurement that was still fresh
    forced: bool = False


# --- games ------------------------------------------------------------------------------------------------------------


class GameStarted(Event, tag="game_started"):
    """The group's pages were told to play. `subjects` is in player order."""

    game_id: str
    scene_id: str
    subjects: list[str]
    game: str = ""
    duration_s: float = 0.0
    seed: int = 0


class GameData(Event, tag="game_data"):
    """What a player's page recorded, as it sent it; said again with the same `record_id`, it counts once."""

    game_id: str
    scene_id: str
    subject_id: str
    data: Any = None
    record_id: str = ""


class PlayerFinished(Event, tag="player_finished"):
    """A player's page says the game is over for it, while others still play; with the last of them it ends."""

    game_id: str
    scene_id: str
    subject_id: str


class GameEnded(Event, tag="game_ended"):
    """The game is over for everybody in it."""

    game_id: str
    scene_id: str
    subjects: list[str]
    reason: Literal["finished", "deadline", "partner_left", "ended_by_operator", "run_ended"]
    duration_s: float = 0.0
    by: str = ""


# --- operator, refusals, health ---------------------------------------------------------------------------------------


class OperatorActed(Event, tag="operator_acted"):
    """What the operator did that has no event of its own: message_participant, remove_participant, end_game, …"""

    action: str
    by: str = ""
    reason: str = ""
    subjects: list[str] = []
    text: str = ""


class ClientMessageRefused(Event, tag="client_message_refused"):
    """A participant's message was not taken, and why. `message` is its name; its content is not kept."""

    message: str
    error: str
    subject_id: str | None = None


class NoteAdded(Event, tag="note_added"):
    """What the operator wanted to be remembered of this moment."""

    text: str
    by: str = ""
    reason: str = ""


class AlertRaised(Event, tag="alert_raised"):
    """Something needs the operator. Raised again under the same name, it has become worse; it is not two alerts."""

    alert: str
    text: str = ""
    severity: AlertSeverity = "warning"
    subjects: list[str] = []  # whom it is about, as far as it is about anybody


class AlertCleared(Event, tag="alert_cleared"):
    """What was raised is over."""

    alert: str
    text: str = ""


class AlertAcknowledged(Event, tag="alert_acknowledged"):
    """The operator has seen it; it stays open until it is over."""

    alert: str
    by: str = ""
    reason: str = ""


class EngineHealth(Event, tag="engine_health"):
    """How the engine itself is doing, every few seconds. `loop_lag_ms` is the worst since the last one."""

    loop_lag_ms: float
    clients: int = 0
    waiting: int = 0
    memory_bytes: int = 0
    disk_free_bytes: int = 0


class UnknownEvent(Event, tag="unknown"):
    """A line of a newer program, or of `EventLogger.log` with a name of its own: kept, counted, not understood."""

    name: str = ""


def _all_event_types(base: type[Event]) -> dict[str, type[Event]]:
    """Tag → class, in the order they stand in this file."""
    return {str(cls.__struct_config__.tag): cls for cls in base.__subclasses__() if cls is not UnknownEvent}


EVENT_TYPES: dict[str, type[Event]] = _all_event_types(Event)
