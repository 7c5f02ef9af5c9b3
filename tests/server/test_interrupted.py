"""Which runs a service goes on with, what it mends in their files, and how it refuses the others: by a sentence, with
nothing written.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from core import events as ev
from core.experiment.loader import load_experiment
from core.runlog.follower import read_events
from core.runlog.run_directory import RunDirectory
from core.server.interrupted import port_of
from core.server.service import Service
from core.server.wire import Refused
from tests.server.conftest import EXPERIMENT, Client

RUN = "run_20260131_142500"


async def make_service(folder: Path, experiment: str = EXPERIMENT) -> Service:
    (folder / "experiment.yaml").write_text(experiment)
    loaded = load_experiment(folder / "experiment.yaml")
    service = Service(loaded, folder / "logs", host="127.0.0.1", port=0, program_version="test")
    await service.start()
    return service


@pytest.fixture
async def broken_off(tmp_path: Path) -> AsyncIterator[Path]:
    """The directory of a run with two people in a game, copied while it was under way."""
    service = await make_service(tmp_path, EXPERIMENT.replace("max_p2p_rtt_ms: 100", "max_p2p_rtt_ms: null"))
    await service.start_run(by="test")
    clients = [await Client(f"http://127.0.0.1:{service.port}").open() for _ in range(2)]
    for name, client in zip("ab", clients, strict=True):
        await client.join(name)
    await clients[0].expect("view", phase="game")
    assert (await clients[0].say("game_data", {"data": 1, "record_id": "r1"}))["ok"]
    run_dir = Path(service.state()["run_dir"])
    copied = run_dir.parent / RUN
    shutil.copytree(run_dir, copied)
    for client in clients:
        await client.sio.disconnect()
    await service.stop()
    yield copied


@pytest.fixture
async def service(broken_off: Path) -> AsyncIterator[Service]:
    service = await make_service(
        broken_off.parent.parent, EXPERIMENT.replace("max_p2p_rtt_ms: 100", "max_p2p_rtt_ms: null")
    )
    yield service
    await service.stop()


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


async def test_what_the_files_of_a_run_lack_or_have_too_much_is_mended(broken_off: Path, service: Service):
    matches, data = broken_off / "match_logs" / "task_matches.jsonl", broken_off / "data" / "task.jsonl"
    (match,), (record,) = lines_of(matches), lines_of(data)
    matches.write_bytes(match + match.replace(b"game-1", b"game-2"))  # its engine was killed before it wrote the event
    data.write_bytes(record[:20])  # the machine was switched off before it was all on disk
    await service.resume_run("maria", RUN)
    assert lines_of(matches) == [match]
    assert lines_of(data) == [record[:20] + b"\n", record]
    events = read_events(broken_off / "events.jsonl")
    (resumed,) = [event for event in events if isinstance(event, ev.RunResumed)]
    assert (resumed.by, resumed.links) == ("maria", service.links)
    assert RunDirectory(broken_off).manifest().status == "running"


async def test_people_come_back_with_their_tokens_and_a_record_said_again_counts_once(
    broken_off: Path, service: Service
):
    await service.resume_run("maria", RUN)
    client = await Client(f"http://127.0.0.1:{service.port}").open()
    assert (await client.join("a"))["ok"]
    await client.expect("view", phase="game", game_id="game-1")
    assert (await client.say("game_data", {"data": 1, "record_id": "r1"}))["ok"]
    assert (await client.say("game_data", {"data": 2, "record_id": "r2"}))["ok"]
    await client.sio.disconnect()
    records = [event.data for event in read_events(broken_off / "events.jsonl") if isinstance(event, ev.GameData)]
    assert (records, len(lines_of(broken_off / "data" / "task.jsonl"))) == ([1, 2], 2)


async def test_a_run_that_broke_off_twice_in_the_midst_of_a_line(broken_off: Path, service: Service):
    log = broken_off / "events.jsonl"
    seq = read_events(log)[-1].seq
    resumed = b'{"event_type":"run_resumed","links":["http://127.0.0.1:1/"],"seq":%d}\n' % (seq + 1)
    log.write_bytes(log.read_bytes() + b'{"event_type":"partic\n' + resumed + b'{"event_type":"eng')
    assert (await service.resume_run("maria", RUN)).seq == seq + 2


def ended(log: bytes) -> bytes:
    return log + b'{"event_type":"run_ended","reason":"drained","seq":999}\n'


def damaged(log: bytes) -> bytes:
    first, _, rest = log.partition(b"\n")
    return first + b"\n{]\n" + rest


def inconsistent(log: bytes) -> bytes:
    """Of somebody who never joined, behind something that would be alarming."""
    first, _, rest = log.partition(b"\n")
    full_disk = b'{"event_type":"engine_health","loop_lag_ms":1,"disk_free_bytes":1,"seq":2,"elapsed_s":60}'
    rest = rest.replace(b'"scene_entered","subject_id":"b"', b'"scene_entered","subject_id":"x"')
    return b"\n".join((first, full_disk, rest))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (ended, "has ended in order"),
        (damaged, "line 2 of its log is damaged"),
        (lambda log: log.replace(b'"simulated":false', b'"simulated":true', 1), "it was simulated"),
        (lambda log: log.replace(b'"schema_version":1', b'"schema_version":9', 1), "another version"),
        (lambda log: log.split(b"\n", 1)[1], "does not begin with the start of a run"),
        (lambda log: b"", "does not begin with the start of a run"),
        (inconsistent, "does not add up"),
    ],
    ids=["ended", "damaged", "simulated", "version", "headless", "empty", "inconsistent"],
)
async def test_a_log_that_cannot_be_gone_on_with(
    broken_off: Path, service: Service, caplog: pytest.LogCaptureFixture, spoil: Callable[[bytes], bytes], sentence: str
):
    log = broken_off / "events.jsonl"
    log.write_bytes(spoil(log.read_bytes()))
    before = log.read_bytes()
    with pytest.raises(Refused, match=sentence):
        await service.resume_run("maria", RUN)
    assert (log.read_bytes(), service.state()["state"]) == (before, "idle")
    await service.start_run("maria")
    await asyncio.sleep(0)  # what is put off to the next turn
    assert caplog.messages == []  # nor does what was begun and given up call for attention later


async def test_a_run_keeps_the_rules_it_began_with(broken_off: Path):
    service = await make_service(broken_off.parent.parent)
    try:
        with pytest.raises(Refused, match=r"begun with other settings than .* holds now: matching"):
            await service.resume_run("maria", RUN)
    finally:
        await service.stop()


@pytest.mark.parametrize("name", ["run_20260131_142501", "../logs", "", "latest/../x", "/"])
async def test_what_is_no_run_of_this_folder(service: Service, name: str):
    with pytest.raises(Refused):
        await service.resume_run("maria", name)


async def test_one_run_at_a_time(broken_off: Path, service: Service):
    await service.start_run("maria")
    with pytest.raises(Refused, match="is under way"):
        await service.resume_run("maria", RUN)


async def test_pages_that_are_connected_already_are_told_to_join(broken_off: Path, service: Service):
    client = await Client(f"http://127.0.0.1:{service.port}").open()
    assert not (await client.join("a"))["ok"]
    await service.resume_run("maria", RUN)
    await asyncio.wait_for(client.expect("rejoin"), 10)
    assert (await client.join("a"))["ok"]
    await client.sio.disconnect()


async def test_the_port_stands_in_the_log(broken_off: Path, service: Service):
    first = port_of(RunDirectory(broken_off))
    assert first is not None and first != service.port
    await service.resume_run("maria", RUN)
    assert port_of(RunDirectory(broken_off)) == service.port
