"""A rehearsal over real sockets: bots against the real engine on this machine's loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import socketio

from core import events as ev
from core.experiment.loader import load_experiment
from core.projections.participants import ParticipantsProjection
from core.rehearsal.bots import BotsError, BotSettings, take_part
from core.rehearsal.crowd import CrowdSettings, Member
from core.runlog.follower import read_events
from core.server.service import Service
from tests.waiting import PATIENCE_S

EXPERIMENT = """
name: rehearsal
scenes:
  - {id: welcome, kind: page, text: Hello}
  - {id: task, kind: game, duration_s: 0.5}
  - {id: after, kind: page, text: Thanks}
matching: {max_p2p_rtt_ms: 100}
probe: {pings: 3, warmup: 0, interval_ms: 10}
timeouts: {prepare_s: 60, connect_s: 60, measure_s: 2, wait_s: 600, reconnect_s: 60, timeout_cooldown_s: 60}
"""
QUICK = CrowdSettings(reading_s=0.1)
FAST_MS = 20.0  # access latency: two of these may play


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """A run with its doors open."""
    (tmp_path / "experiment.yaml").write_text(EXPERIMENT)
    loaded = load_experiment(tmp_path / "experiment.yaml")
    service = Service(loaded, tmp_path / "logs", host="127.0.0.1", port=0, program_version="test")
    failures: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failures.append(context))
    await service.start()
    await service.start_run(by="test")
    yield service
    await service.stop()
    assert failures == []


def url_of(service: Service) -> str:
    return f"http://127.0.0.1:{service.port}/?subject_id=left_out"


def log_of(service: Service) -> list[ev.Event]:
    return read_events(Path(service.state()["run_dir"]) / "events.jsonl")


def people_of(log: list[ev.Event]) -> ParticipantsProjection:
    people = ParticipantsProjection()
    people.replay(log)
    return people


def all_of(log: list[ev.Event], kind: type[ev.Event]) -> list[Any]:
    return [event for event in log if isinstance(event, kind)]


def member(access_ms: float, **traits: Any) -> Member:
    usual: dict[str, Any] = {
        "webrtc": True, "silent": False, "hidden": False, "drops_after_s": None, "away_s": 1.0, "patience_s": None,
        "slowness": 1.0,
    }  # fmt: skip
    return Member(access_ms=access_ms, **{**usual, **traits})


@pytest.fixture
def crowd_of(monkeypatch):
    """Have these members take part instead of drawn ones."""

    def use(members: list[Member]) -> int:
        coming = iter(members)
        monkeypatch.setattr("core.rehearsal.crowd.Crowd.next_member", lambda _crowd: next(coming))
        return len(members)

    return use


async def rehearse(service: Service, number: int, until: type[ev.Event] | None = None, **settings: Any) -> Any:
    """To its end, or until there is such an event."""
    stop, crowd = asyncio.Event(), settings.pop("crowd", QUICK)
    async with asyncio.timeout(PATIENCE_S):
        bots = asyncio.create_task(take_part(BotSettings(number, url_of(service), crowd=crowd, **settings), stop))
        while until is not None and not all_of(log_of(service), until):
            await asyncio.sleep(0.02)  # a file has no way to call
            assert not bots.done(), bots
        if until is not None:
            stop.set()
        return await bots


async def test_what_was_made_up_is_marked(service):
    await rehearse(service, 2, crowd=CrowdSettings(rtt_ms=None, reading_s=0.1))
    log = log_of(service)
    assert all(event.simulated for event in all_of(log, ev.ParticipantJoined))
    [measured] = all_of(log, ev.ProbeCompleted)
    assert measured.simulated
    assert measured.path is None
    assert len(all_of(log, ev.GameData)) == 2


async def test_a_bot_without_webrtc_says_so(service, crowd_of):
    await rehearse(service, crowd_of([member(FAST_MS), member(FAST_MS, webrtc=False)]), until=ev.ProbeFailed)
    failed = all_of(log_of(service), ev.ProbeFailed)[0]
    assert failed.reason == "unreachable"
    assert [peer.error for peer in failed.peers] == ["no_webrtc"]


async def test_a_silent_bot_is_named_by_the_engine(service, crowd_of):
    await rehearse(service, crowd_of([member(FAST_MS), member(FAST_MS, silent=True)]), until=ev.ProbeFailed)
    log = log_of(service)
    failed = all_of(log, ev.ProbeFailed)[0]
    assert (failed.reason, failed.phase) == ("timeout", "measure")  # made-up answers need no connecting
    [answered] = [peer.subject_id for peer in failed.peers]
    assert {answered, *failed.silent} == {event.subject_id for event in all_of(log, ev.ParticipantJoined)}
    assert len(failed.silent) == 1


async def test_a_bot_that_drops_comes_back_to_its_place(service, crowd_of):
    await rehearse(service, crowd_of([member(FAST_MS, drops_after_s=0.3, away_s=0.5)]), until=ev.ParticipantReconnected)
    log = log_of(service)
    [back] = all_of(log, ev.ParticipantReconnected)
    assert back.away_s > 0.4
    assert len(all_of(log, ev.WaitroomEntered)) == 1


async def test_a_hidden_bot_says_so(service, crowd_of):
    await rehearse(service, crowd_of([member(FAST_MS, hidden=True)]), until=ev.VisibilityChanged)
    assert [event.hidden for event in all_of(log_of(service), ev.VisibilityChanged)] == [True]


async def test_told_to_stop_they_leave(service):
    stop = asyncio.Event()
    settings = BotSettings(3, url_of(service), crowd=CrowdSettings(reading_s=100))
    taking_part = asyncio.create_task(take_part(settings, stop))
    people = service.engine.people.people
    # Somebody who answered a ping has heard before that they have joined; who is only recorded may not know it yet.
    while sum(person.server_rtt_ms is not None for person in people.values()) < 3:  # noqa: ASYNC110 -- no event tells
        await asyncio.sleep(0.02)
    stop.set()
    outcome = await asyncio.wait_for(taking_part, PATIENCE_S)
    assert outcome.ends == {"left": 3}
    assert {person.left_reason for person in people_of(log_of(service)).people.values()} == {"left"}


def test_what_a_closed_socket_says_of_itself_does_not_reach_the_terminal(caplog):
    socketio.AsyncClient().eio.logger.error("packet queue is empty, aborting")
    assert not caplog.records


async def test_closed_doors_are_reported(service):
    service.engine.set_intake(False, by="test")
    outcome = await rehearse(service, 2)
    assert outcome.ends == {"refused": 2}
    assert outcome.sentences == ["this session takes no new participants at the moment"]


async def test_nobody_listening_is_said_clearly(unused_tcp_port):
    with pytest.raises(BotsError, match="No engine answers at"):
        await take_part(BotSettings(1, f"http://127.0.0.1:{unused_tcp_port}"), asyncio.Event())


@pytest.mark.parametrize("url", ["ftp://somewhere", "http://"])
async def test_a_link_that_is_none_is_said_clearly(url):
    with pytest.raises(BotsError, match="no participants' link"):
        await take_part(BotSettings(1, url), asyncio.Event())
