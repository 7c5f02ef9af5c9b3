"""The rows of a run's tables: one struct a participant, wait, probe, match and event.

Owns names, units and meaning of the columns, which are the columns of every export. Must not read or count anything
(run_tables.py does). Times `…_s` are seconds since the run started; None and empty text mean that the log does not say.

`gc=False`: rows hold no rows, so that the garbage collector need not look at hundreds of thousands of them.
"""

from __future__ import annotations

from typing import Literal

import msgspec

ProbeOutcome = Literal["accepted", "rejected", "failed"]


class ParticipantRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody who joined. `waited_s` is the sum of their `waits`; `state` is where they were at the log's end: page,
    waiting, probing, playing, done (through every scene) or gone (left before).
    """

    run_id: str
    subject_id: str
    joined_s: float
    left_s: float | None  # when they had finished, or left before
    left_reason: str  # "" for whoever finished or is still there
    finished: bool
    state: str
    waits: int
    waited_s: float
    time_to_match_s: float | None  # from first entering a waitroom to their first match
    matches: int
    games: int
    probes: int
    probes_failed: int
    server_rtt_ms_median: float | None  # over every answer to the server's pings
    p2p_rtt_ms_median: float | None  # over every completed probe they were in
    why_never_played: str  # in words; "" for whoever was in a game
    simulated: bool


class WaitRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One stay in a waitroom. `reason` is how it ended ("matched", "wait_timeout", …), "" if it had not ended: then
    `waited_s` reaches to the log's end.
    """

    run_id: str
    subject_id: str
    scene_id: str
    entered_s: float
    left_s: float | None
    waited_s: float
    reason: str
    tries: int  # proposals they were in meanwhile


class ProbeRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One probe, each retry as one, in order of ending. `reason` and `phase` are a failure's; `rtt_ms` is None for it.

    `max_p2p_rtt_ms` is the threshold it was judged against. `sent` and `received` are pings of both sides together.
    """

    run_id: str
    probe_session_id: str
    group_id: str
    scene_id: str
    subject_a: str
    subject_b: str
    attempt: int
    started_s: float | None
    ended_s: float
    outcome: ProbeOutcome
    reason: str
    phase: str
    rtt_ms: float | None
    max_p2p_rtt_ms: int | None
    sent: int
    received: int
    loss: float | None
    jitter_ms: float | None
    path: str
    prepare_s: float
    connect_s: float
    measure_s: float
    duration_s: float  # the three phases together
    ended_early: bool
    simulated: bool  # answers were made up; of a failure: one of the two is no real participant


class MatchRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One match and the game that came of it. `subjects` is in the match's order."""

    run_id: str
    game_id: str
    group_id: str
    scene_id: str
    formed_s: float
    subjects: list[str]
    p2p_rtt_ms: float | None
    max_p2p_rtt_ms: int | None
    matchmaker: str
    forced: bool
    remeasured: bool
    proposed_s: float | None
    game_started_s: float | None
    game_ended_s: float | None
    game_duration_s: float | None
    game_end_reason: str


class EventRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of the log. `subjects`: everybody it names, each once; `json`: all of it, as in the log.

    `data`: what a page or game recorded (page_completed, game_data), as JSON; "" for every other event.
    """

    run_id: str
    seq: int
    timestamp: float  # Unix seconds
    elapsed_s: float
    event_type: str
    subjects: list[str]
    scene_id: str
    game_id: str
    data: str
    json: str


class SampleRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One answer to a ping between two pages: `subject_id` sent the ping, `peer_id` answered it.

    `sample` counts from 1 in the order in which that page measured. Samples of failed probes are there, too.
    """

    run_id: str
    probe_session_id: str
    attempt: int
    subject_id: str
    peer_id: str
    sample: int
    rtt_ms: float
    ended_s: float  # of the probe
