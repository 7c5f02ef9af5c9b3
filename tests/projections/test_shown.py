"""Live equals recorded: folding one by one, in pieces or all at once gives the same; health keeps what is open."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core import events as ev
from core.projections.health import RECENT, HealthProjection
from core.projections.shown import ShownRun
from tests.projections.stories import busy_session

EVENTS = busy_session().events


def state_of(shown: ShownRun) -> list[dict[str, Any]]:
    return [vars(projection) for projection in shown.all]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, len(EVENTS)), max_size=6))
def test_folding_in_pieces_equals_replaying(cuts):
    live = ShownRun()
    edges = [0, *sorted(cuts), len(EVENTS)]
    for start, end in itertools.pairwise(edges):
        for event in EVENTS[start:end]:
            live.apply(event)
    recorded = ShownRun()
    recorded.replay(EVENTS)
    # nan differs from itself, so what is compared is how it prints
    assert repr(state_of(live)) == repr(state_of(recorded))


def test_the_waitroom_and_the_counts_are_of_one_mind_all_along():
    shown = ShownRun()
    for event in EVENTS:
        shown.apply(event)
        counts = shown.participants.counts()
        assert len(shown.waitroom.rows) >= counts["waiting"] + counts["probing"] - _leaving(event)


def _leaving(event: ev.Event) -> int:
    """Between leaving the waitroom and the next event of the same moment two people are counted as probing still."""
    return 2 if isinstance(event, ev.WaitroomLeft) else 0


def test_health_keeps_the_newest_and_the_alerts_that_are_open():
    health = HealthProjection()
    for number in range(RECENT + 3):
        health.apply(ev.EngineHealth(loop_lag_ms=float(number), clients=4, elapsed_s=number))
    health.apply(ev.AlertRaised(alert="disk", text="nearly full"))
    health.apply(ev.AlertRaised(alert="clock", text="jumped"))
    health.apply(ev.AlertCleared(alert="disk"))
    assert health.latest is not None
    assert health.latest.loop_lag_ms == RECENT + 2
    assert len(health.recent_loop_lag_ms) == RECENT
    assert list(health.alerts) == ["clock"]
