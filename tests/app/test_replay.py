"""Any moment of a recorded run is what folding the log up to there gives, wherever one comes from and however the log
grows meanwhile.
"""

from __future__ import annotations

import math
import random
from array import array
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

import app.replay
from app.run_view import RunView
from core import events as ev
from core.projections.shown import ShownRun
from core.projections.veil import Veil
from core.runlog.event_logger import EventLogger
from core.runlog.lines import encode_event
from core.runlog.run_directory import RunDirectory
from tests.projections.stories import Story, busy_session
from tests.runlog import stories as every_event

RUN_ID = "run_20260131_142500"


def written(logs_dir: Path, events: Iterable[ev.Event]) -> RunDirectory:
    """A run's directory with these events, stamped as they are."""
    with EventLogger(logs_dir=logs_dir, run_id=RUN_ID) as logger:
        logger.path.write_bytes(b"".join(map(encode_event, events)))
    return RunDirectory.open(logs_dir / RUN_ID)


def opened(run: RunDirectory, veil: Veil | None = None) -> RunView:
    view = RunView(run, goes_on=False, veil=veil)
    while view.poll():
        pass
    return view


def state_of(shown: ShownRun) -> dict[str, Any]:
    """Everything the projections hold that somebody may see, in a form that can be compared."""
    apart = {"version", "jumps", "_kept", "_undo", "_owned", "_marked_rows"}
    # Indexes over the whole log are asked for people, so that what is later than now is cut off as panels see it.
    indexes = {"_of_people", "_row_of", "_lane_of", "_lane_of_people", "_lanes_with", "_names", "_details",
               "_detail_number", "_places", "_counts"}  # fmt: skip
    state: dict[str, Any] = {}
    for projection in shown.all:
        projection.wake()
        kind = type(projection).__name__
        for name, value in vars(projection).items():
            if name not in apart and not (name in indexes and isinstance(value, dict | set | bool | None)):
                state[f"{kind}.{name}"] = plain(value)
    for name in ("TimelineProjection._details", "MatchLanes._details", "MatchLanes._names"):
        del state[name]
    for subject_id in shown.participants.people:
        state[f"of {subject_id}"] = (
            list(shown.probes.of_person(subject_id)),
            shown.timeline.lanes_with(subject_id),
            shown.match_lanes.lanes_with(subject_id),
            plain(list(shown.story.moments(subject_id))),
            plain(shown.pairs.of(subject_id)),
            [shown.pair_table.row_of(subject_id, other) for other in shown.participants.people],
        )
    for lanes in (shown.timeline, shown.match_lanes):
        state[f"lanes of {type(lanes).__name__}"] = list(lanes.lanes)
        state[f"details of {type(lanes).__name__}"] = [lanes.detail(bar) for bar in range(len(lanes.start_s))]
        state[f"rejections of {type(lanes).__name__}"] = list(map(lanes.rejection, range(len(lanes.rejected_s))))
    state["activity"] = plain(shown.activity.entries)
    return state


def plain(value: Any) -> Any:
    """Without what tells equal things apart: nan, the order of dicts that have none, and addresses."""
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    if isinstance(value, Counter):
        value = +value
    if isinstance(value, Mapping):
        return sorted(((repr(key), plain(item)) for key, item in value.items()), key=repr)
    if isinstance(value, set | frozenset):
        return sorted(map(repr, value))
    if isinstance(value, list | tuple | deque | array):
        return [plain(item) for item in value]
    if hasattr(value, "__struct_fields__"):
        return [type(value).__name__, *(plain(getattr(value, name)) for name in value.__struct_fields__)]
    return plain(value.items()) if type(value).__name__ == "People" else repr(value)


def folded_to(run: RunDirectory, count: int, veil: Veil | None = None) -> ShownRun:
    """As somebody saw it who looked on live."""
    live = RunView(run, goes_on=True, veil=veil)
    events = live._follower.poll()[:count]
    fresh = live.shown.another()
    fresh.replay(events if veil is None else map(veil.event, events), live._follower.places[:count])
    return fresh


@pytest.fixture
def marks_every(monkeypatch: pytest.MonkeyPatch) -> None:
    """As often as in a long run, in a short one."""
    monkeypatch.setattr(app.replay, "MARK_EVERY", 15)
    monkeypatch.setattr(app.replay, "MOST_MARKS", 8)
    monkeypatch.setattr("core.runlog.follower._BLOCK_BYTES", 2_500)


SESSIONS = {
    "busy": lambda: busy_session().events,
    "every event": lambda: _stamped(every_event.session()),
    "busy twice": lambda: _twice(busy_session().events),
}


def _twice(events: list[ev.Event]) -> list[ev.Event]:
    """People go, come back and are measured again."""
    story = Story().begin(150)
    story.events[:] = [event for event in events if not isinstance(event, ev.RunEnded | ev.RunEnding)]
    people = [event.subject_id for event in events if isinstance(event, ev.ParticipantJoined)][:6]
    last_s = max(event.elapsed_s for event in events)
    for number, subject_id in enumerate(people):
        story.at(last_s + number).tell(ev.ParticipantLeft, subject_id=subject_id, reason="left")
    for number, subject_id in enumerate(people):
        story.at(last_s + 20 + number).tell(ev.ParticipantReconnected, subject_id=subject_id, away_s=20.0)
        story.wait(subject_id)
    for a, b in zip(people[::2], people[1::2], strict=True):
        story.at(last_s + 40).propose(a, b).measured(a, b, 190.0, retry_after_s=60.0)
    story.at(last_s + 60).tell(ev.ThresholdChanged, old_max_p2p_rtt_ms=150, new_max_p2p_rtt_ms=250)
    for a, b in zip(people[::2], people[1::2], strict=True):
        story.at(last_s + 61).propose(a, b).measured(a, b, 190.0)
    return story.events


@pytest.mark.parametrize("session", SESSIONS)
@pytest.mark.usefixtures("marks_every")
def test_any_moment_is_what_folding_up_to_there_gives(tmp_path: Path, session: str):
    run = written(tmp_path, SESSIONS[session]())
    view = opened(run)
    assert view.replay is not None
    count, rng = len(view.replay), random.Random(4)
    assert view.shown.problems == []
    at_end = state_of(view.shown)
    for place in [0, 1, count, count - 1, *(rng.randrange(count + 1) for _ in range(12)), count]:
        view.replay.go_to(place)
        assert view.replay.position == place
        expected, got = state_of(folded_to(run, place)), state_of(view.shown)
        assert {name: got[name] for name in expected if got.get(name) != expected[name]} == {}, place
    assert state_of(view.shown) == at_end


@pytest.mark.parametrize("steps", [0, 3, 10**9])
@pytest.mark.usefixtures("marks_every")
def test_what_nobody_asked_for_is_as_if_it_had_been_folded_along(tmp_path: Path, steps: int, monkeypatch):
    """Asked for at an earlier moment: at once, with some of it folded, with all of it folded."""
    monkeypatch.setattr(app.replay, "CATCH_UP_EVENTS", 30)
    events = SESSIONS["busy twice"]()
    run = written(tmp_path, events[:-250])
    view = opened(run)
    assert view.replay is not None
    assert [type(projection).__name__ for projection in view.shown.all if projection.asleep] == [
        type(projection).__name__ for projection in view.shown.late
    ]
    view.replay.go_to(len(view.replay) // 2)
    if not steps:
        view.shown.story.moments("P01")  # one of them alone
        assert view.shown.match_lanes.asleep and not view.shown.story.asleep
    for _ in range(steps):
        if not view.replay.catch_up():
            break
    with run.events_path.open("ab") as log:
        log.write(b"".join(map(encode_event, events[-250:])))
    while view.poll():
        pass
    assert view.shown.match_lanes.asleep == (steps < 10**9)
    for place in (view.replay.position, len(events) // 3, len(events) - 5, len(events), 70):
        view.replay.go_to(place)
        assert state_of(view.shown) == state_of(folded_to(run, place)), place


def test_what_changes_for_people_whom_the_event_does_not_name_is_undone_too(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(app.replay, "MARK_EVERY", 10)
    monkeypatch.setattr("core.runlog.follower._BLOCK_BYTES", 500)
    story = Story().begin(150).join("A", "B", "C", "D").wait("A", "B", "D").propose("A", "B")
    slow = {"group_id": "g", "scene_id": "game", "reason": "slow", "subjects": ["A", "B"], "worst": ["A", "B"]}
    for at_s in range(10, 30):
        story.at(at_s).rtt("C", 40.0)
    story.tell(ev.MatchRejected, rests_s={"B": 90.0}, rtt_ms=300.0, **slow)
    for at_s in range(30, 60):
        story.at(at_s).rtt("C", 40.0)
    resting = len(story.events)
    slow |= {"subjects": ["C"], "worst": []}
    story.tell(ev.MatchRejected, rests_s={"D": 50.0}, rtt_ms=300.0, **slow)  # not one of its group
    for at_s in range(60, 80):
        story.at(at_s).rtt("C", 40.0)
    story.limit(400)  # whoever rests for having been too slow is up again
    for at_s in range(80, 110):
        story.at(at_s).rtt("C", 40.0)
    run = written(tmp_path, story.events)
    view = opened(run)
    assert view.replay is not None
    for place in (resting, resting + 1, resting + 2, resting + 21, resting + 22, resting):
        view.replay.go_to(place)
        assert state_of(view.shown) == state_of(folded_to(run, place)), place


@pytest.mark.parametrize("session", SESSIONS)
@pytest.mark.usefixtures("marks_every")
def test_an_earlier_moment_stays_as_it_is_while_the_log_grows(tmp_path: Path, session: str):
    events = list(SESSIONS[session]())
    run, rng = written(tmp_path, events[: len(events) // 3]), random.Random(5)
    view = opened(run)
    assert view.replay is not None
    seen = None
    for event in events[len(events) // 3 :]:
        if rng.random() < 0.1:
            view.replay.go_to(rng.randrange(len(view.replay) + 1))
            seen = None if view.replay.at_end else (view.replay.position, state_of(view.shown))
        with run.events_path.open("ab") as log:
            log.write(encode_event(event))
        while view.poll():
            pass
        if rng.random() < 0.2:  # it takes long
            assert seen in (None, (view.replay.position, state_of(view.shown)))
    for place in (len(events), 0, len(events) // 2, len(events) - 1, len(events)):
        view.replay.go_to(place)
        assert state_of(view.shown) == state_of(folded_to(run, place)), place


def _stamped(session: Iterable[tuple[float, ev.Event]]) -> list[ev.Event]:
    events = []
    for number, (elapsed_s, event) in enumerate(session, start=1):
        event.seq, event.elapsed_s, event.timestamp = number, elapsed_s, 1_790_000_000.0 + elapsed_s
        events.append(event)
    return events
