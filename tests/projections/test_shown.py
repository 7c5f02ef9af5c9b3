"""Live equals recorded: folding one by one, in pieces or all at once gives the same; health keeps what is open."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import events as ev
from core.projections.health import RECENT, HealthProjection
from core.projections.shown import ShownRun
from tests.projections.stories import busy_session
from tests.runlog import stories as every_event

EVENTS = busy_session().events
EVERY_KIND = []
for _number, (_at_s, _event) in enumerate(every_event.session()):
    _event.seq, _event.elapsed_s = _number, _at_s
    EVERY_KIND.append(_event)


def state_of(shown: ShownRun) -> list[dict[str, Any]]:
    return [vars(projection) for projection in shown.all]


@pytest.mark.parametrize("events", [EVENTS, EVERY_KIND], ids=["busy", "every kind"])
@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, len(EVENTS)), max_size=6), one_by_one=st.booleans())
def test_folding_in_pieces_equals_replaying(events, cuts, one_by_one):
    live = ShownRun()
    edges = [0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]
    for start, end in itertools.pairwise(edges):
        if one_by_one:
            for event in events[start:end]:
                live.apply(event)
        else:
            live.replay(events[start:end])
    recorded = ShownRun()
    recorded.replay(events)
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
