"""A page whose connection holds but that answers no pings, on the real socket."""

from __future__ import annotations

import asyncio

import pytest

from core import events as ev
from core.server import participants
from tests.server.conftest import Live
from tests.waiting import PATIENCE_S


def told_of(live: Live, subject_id: str) -> list[bool]:
    """A moment without a processor makes others fall silent, too, as little as is allowed here."""
    changes = [event for event in live.log if isinstance(event, ev.LivenessChanged)]
    return [event.silent for event in changes if event.subject_id == subject_id]


async def until(live: Live, *silent: bool) -> None:
    """Wait for the events that say so of the page that is frozen."""
    async with asyncio.timeout(PATIENCE_S):
        while told_of(live, "frozen")[: len(silent)] != [*silent]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # a file has no way to call


async def test_a_page_that_answers_no_pings_is_not_grouped_until_it_does(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(participants, "FIRST_PINGS_S", ())
    monkeypatch.setattr(participants, "PING_EVERY_S", 0.05)
    monkeypatch.setattr(participants, "SILENT_AFTER_S", 0.1)
    frozen, speaking = await live.client(), await live.client()
    thawed = asyncio.Event()

    async def answer_once_thawed(*_payload: object) -> None:
        await thawed.wait()

    frozen.sio.on("rtt_ping", answer_once_thawed)
    live.service.engine.pause_matching(True, by="test")
    await speaking.join("speaking")
    await frozen.join("frozen")
    await until(live, True)
    live.service.engine.pause_matching(False, by="test")
    await speaking.say("visibility", {"hidden": False})  # answered after the matching pass
    assert not [event for event in live.log if isinstance(event, ev.MatchProposed)]
    thawed.set()
    await until(live, True, False)
    await frozen.expect("probe_prepare")
    assert told_of(live, "frozen")[:2] == [True, False]


@pytest.mark.parametrize("live", ["heard_within_s: 0.1, answer_within_s: 0.5, "], indirect=True)
async def test_a_page_is_asked_before_a_proposal_and_grouped_only_if_it_answers(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(participants, "FIRST_PINGS_S", ())
    frozen, answering, last = await live.client(), await live.client(), await live.client()
    thawed, asked = asyncio.Event(), asyncio.Event()

    async def answer_once_thawed(*_payload: object) -> None:
        asked.set()
        await thawed.wait()

    frozen.sio.on("rtt_ping", answer_once_thawed)
    await frozen.join("frozen")
    live.service.engine.pause_matching(True, by="test")
    await answering.join("answering")
    await asyncio.sleep(0.2)  # longer than both may have been unheard of
    live.service.engine.pause_matching(False, by="test")
    await asyncio.wait_for(asked.wait(), PATIENCE_S)
    await until(live, True)
    await last.join("last")
    await answering.expect("probe_prepare")  # it answered, so its own silence of 0.2 s was no obstacle
    proposed = [set(event.subjects) for event in live.log if isinstance(event, ev.MatchProposed)]
    assert proposed == [{"answering", "last"}]
    thawed.set()
    await until(live, True, False)
    assert told_of(live, "frozen")[:2] == [True, False]
