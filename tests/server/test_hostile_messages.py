"""Whatever a page sends: an answer, an event, no traceback, nobody stuck. Over a real socket."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from core import events as ev
from tests.server.conftest import Client, Live
from tests.waiting import PATIENCE_S

DEEP: Any = "x"
for _ in range(300):
    DEEP = [DEEP]


async def a_pair_still_plays(live: Live) -> None:
    """Nobody else was disturbed: two newcomers are matched."""
    first, second = await live.client(), await live.client()
    await first.join("healthy-1")
    await second.join("healthy-2")
    await asyncio.gather(first.measure(20.0), second.measure(22.0))
    await asyncio.gather(first.expect("view", phase="game"), second.expect("view", phase="game"))


@pytest.mark.parametrize(
    ("name", "payload", "words"),
    [
        ("advance", {"scene_id": 7}, "str"),
        ("advance", {}, "scene_id"),
        ("advance", "nonsense", "object"),
        ("advance", None, "scene_id"),
        ("advance", {"scene_id": "../../etc/passwd"}, "no scene"),
        ("probe_ready", {"probe_session_id": ["a"]}, "str"),
        ("probe_ready", {"probe_session_id": "../../x"}, "no probe"),
        ("probe_result", {"probe_session_id": "probe-1", "success": True, "rtt_ms": float("nan")}, "finite"),
        ("probe_result", {"probe_session_id": "probe-1", "success": True, "rtt_ms": float("inf")}, "finite"),
        ("probe_result", {"probe_session_id": "probe-1", "success": True, "rtt_ms": -3}, "finite"),
        ("probe_result", {"probe_session_id": "p", "success": True, "samples_ms": ["1"], "sent": 1}, "float"),
        ("probe_result", {"probe_session_id": "p", "success": True, "samples_ms": [1, 2], "sent": 1}, "sent"),
        ("probe_result", {"probe_session_id": "p", "success": True, "rtt_ms": 1, "path": "/etc"}, "path"),
        ("probe_signal", {"probe_session_id": "p", "type": "offer", "payload": "x" * 1_000_000}, "at most"),
        ("game_data", {"data": "x" * 1_000_000}, "at most"),
        ("game_message", {"payload": 1, "to": 99}, "not in a game"),
        ("game_message", {"payload": DEEP}, "JSON"),
        ("no_such_event", {"a": 1}, "no message"),
        ("connect_error", {"a": 1}, "no message"),
        ("__class__", None, "no message"),
    ],
)
async def test_a_wrong_message_gets_an_answer_and_an_event(live: Live, name: str, payload: Any, words: str) -> None:
    client = await live.client()
    assert (await client.join("mallory"))["ok"]
    answer = await client.say(name, payload)
    assert answer["ok"] is False
    assert words in answer["error"]
    refusal = live.refusals()[-1]
    assert refusal.subject_id == "mallory"
    assert refusal.error == answer["error"][:300]
    assert (await client.say("leave"))["ok"]
    await a_pair_still_plays(live)


@pytest.mark.parametrize(
    "subject_id", ["../x", "a/b", "", ".hidden", "a" * 65, "a b", "ünï", "<img src=x onerror=a()>"]
)
async def test_an_id_that_is_no_plain_name_is_refused(live: Live, subject_id: str) -> None:
    client = await live.client()
    answer = await client.join(subject_id)
    if subject_id == "":
        assert answer["ok"]  # no id: the engine gives one
        assert answer["subject_id"] == "P001"
    else:
        assert answer["ok"] is False
        assert "subject_id" in answer["error"]
        assert live.refusals()[-1].message == "join"


async def test_nobody_speaks_before_joining(live: Live) -> None:
    client = await live.client()
    answer = await client.say("game_finished")
    assert (answer["ok"], "join first" in answer["error"]) == (False, True)


async def test_somebody_elses_probe(live: Live) -> None:
    first, second, mallory = await live.client(), await live.client(), await live.client()
    await first.join("first")
    await second.join("second")
    await mallory.join("mallory")
    probe = {"probe_session_id": (await first.expect("probe_prepare"))["probe_session_id"]}
    forged = {**probe, "success": True, "rtt_ms": 1.0, "samples_ms": [1.0] * 15, "sent": 15}
    for name, message in (
        ("probe_ready", probe),
        ("probe_signal", {**probe, "type": "offer", "payload": {}}),
        ("probe_result", forged),
    ):
        answer = await mallory.say(name, message)
        assert (answer["ok"], "not yours" in answer["error"]) == (False, True)
    await asyncio.gather(first.measure(50.0), second.measure(50.0))
    await first.expect("view", phase="game")
    completed = next(event for event in live.log if isinstance(event, ev.ProbeCompleted))
    assert {peer.subject_id for peer in completed.peers} == {"first", "second"}
    assert completed.rtt_ms == 50.0


async def test_a_word_that_came_too_late_is_answered_but_is_no_offence(live: Live) -> None:
    first, second, mallory = await live.client(), await live.client(), await live.client()
    await first.join("first")
    await second.join("second")
    probe = {"probe_session_id": (await first.expect("probe_prepare"))["probe_session_id"]}
    assert (await second.say("leave"))["ok"]
    await first.expect("probe_close", **probe)
    answer = await first.say("probe_ready", probe)
    assert (answer["ok"], "has ended" in answer["error"]) == (False, True)
    assert live.refusals() == []
    await mallory.join("mallory")
    assert (await mallory.say("probe_ready", probe))["ok"] is False
    assert [refusal.subject_id for refusal in live.refusals()] == ["mallory"]


async def test_ready_said_twice_is_not_two_people(live: Live) -> None:
    first, second = await live.client(), await live.client()
    await first.join("first")
    await second.join("second")
    probe = {"probe_session_id": (await first.expect("probe_prepare"))["probe_session_id"]}
    assert (await first.say("probe_ready", probe))["ok"]
    assert (await first.say("probe_ready", probe))["ok"]
    assert "probe_start" not in [name for name, _ in first.received]
    assert (await second.say("probe_ready", probe))["ok"]
    await first.expect("probe_start", **probe)


async def test_a_second_tab_takes_over_and_the_first_one_counts_no_more(live: Live) -> None:
    first = await live.client()
    joined = await first.join("anna")
    second = await live.client()
    again = await second.join(token=joined["token"])
    assert again["subject_id"] == "anna"
    await first.expect("view", phase="ended")
    answer = await first.say("leave")
    assert (answer["ok"], "newest" in answer["error"]) == (False, True)
    await second.expect("view", phase="waitroom")


async def test_pages_leave_no_trace_of_others_tokens(live: Live) -> None:
    client = await live.client()
    token = (await client.join("anna"))["token"]
    text = live.service.logs_dir.joinpath(live.service.state()["run_id"], "events.jsonl").read_text()
    assert token not in text


RAW = [
    "4",
    "42",
    "42[]",
    "42{}",
    "42[5]",
    '42["join"',
    '42["connect"]',
    '42["disconnect","x"]',
    "43",
    "43[]",
    '43-1["x"]',
    "44",
    '451-["join",{"_placeholder":true,"num":0}]',
    "4²",
    "4" + "9" * 300,
    "40/nowhere,",
    '42/console,["end_run",{"mode":"now"}]',
    "9",
    "",
    "2probe",
    "6",
]


@pytest.mark.parametrize("text", RAW)
async def test_packets_that_are_none(live: Live, text: str) -> None:
    """Below the level of messages: whatever is sent as a frame, nobody else notices and nothing is raised."""
    async with aiohttp.ClientSession() as session:
        url = f"{live.url}/socket.io/?EIO=4&transport=websocket"
        async with session.ws_connect(url) as socket:
            assert (await socket.receive(PATIENCE_S)).data.startswith("0")
            await socket.send_str("40")
            assert (await socket.receive(PATIENCE_S)).data.startswith("40")
            await socket.send_str(text)
            await socket.send_bytes(b"\x00\x01binary")
            await socket.send_str('421["join",{"subject_id":"raw"}]')
            while True:  # an answer, or the door: both are fine, silence is not
                frame = await socket.receive(PATIENCE_S)
                if frame.type != aiohttp.WSMsgType.TEXT:
                    break
                if frame.data.startswith("431"):
                    assert json.loads(frame.data[3:])[0]["ok"]
                    break
    await a_pair_still_plays(live)


async def test_what_is_taken_for_a_partner_can_be_passed_on_however_deep(live: Live) -> None:
    first, second = Client(live.url), Client(live.url)
    live.clients += [await first.open(), await second.open()]
    await first.join("first")
    await second.join("second")
    await asyncio.gather(first.measure(10.0), second.measure(10.0))
    await first.expect("view", phase="game")
    payload: Any = "x"
    taken = set()
    for depth in range(1, 260):
        payload = [payload]
        if depth > 240:
            answer = await first.say("game_message", {"payload": payload})
            taken.add(answer["ok"])
            if answer["ok"]:
                await second.expect("game_message", payload=payload)
    assert taken == {True, False}


async def test_whoever_has_said_goodbye_is_hung_up_on_and_heard_no_more(live: Live) -> None:
    url = f"{live.url}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        for text in ("40", '421["join",{"subject_id":"raw"}]', "1", "40", '422["join",{"subject_id":"raw2"}]'):
            await socket.send_str(text)
        while (frame := await socket.receive(PATIENCE_S)).type == aiohttp.WSMsgType.TEXT:
            assert not frame.data.startswith("432")
    gone = next(event for event in live.log if isinstance(event, ev.ParticipantDisconnected))
    assert gone.subject_id == "raw"


async def test_a_packet_beyond_all_limits_closes_that_connection_only(live: Live) -> None:
    client = await live.client()
    await client.join("mallory")
    await client.sio.emit("game_data", {"data": "x" * 5_000_000})
    await asyncio.wait_for(client.sio.wait(), PATIENCE_S)
    await a_pair_still_plays(live)


async def test_data_that_json_cannot_hold_is_recorded_without_it(live: Live) -> None:
    first, second = Client(live.url), Client(live.url)
    live.clients += [await first.open(), await second.open()]
    await first.join("first")
    await second.join("second")
    await asyncio.gather(first.measure(10.0), second.measure(10.0))
    await first.expect("view", phase="game")
    assert (await first.say("game_data", {"data": {"x": float("nan"), "ok": [1, float("inf")]}}))["ok"]
    recorded = next(event for event in live.log if isinstance(event, ev.GameData))
    assert recorded.data == {"x": None, "ok": [1, None]}


async def test_a_record_that_is_said_twice_counts_once_and_a_word_after_the_game_is_no_offence(live: Live) -> None:
    first, second = await live.client(), await live.client()
    await first.join("first")
    await second.join("second")
    await asyncio.gather(first.measure(10.0), second.measure(10.0))
    await first.expect("view", phase="game")
    for number in (1, 2, 1, 1):
        assert (await first.say("game_data", {"data": number, "record_id": f"a-{number}"}))["ok"]
    for _ in range(2):
        assert (await second.say("game_data", {"data": "without an id"}))["ok"]
    assert (await first.say("game_finished", {"data": 2, "record_id": "a-2"}))["ok"]
    assert (await second.say("game_finished", {}))["ok"]
    recorded = [(event.subject_id, event.data) for event in live.log if isinstance(event, ev.GameData)]
    assert recorded == [("first", 1), ("first", 2), *[("second", "without an id")] * 2]
    late = await second.say("game_message", {"payload": 1})
    assert (late["ok"], late["error"], live.refusals()) == (False, "your game is over", [])
