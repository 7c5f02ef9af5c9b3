"""The real engine on a real socket of this machine, and clients to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import socketio

from core import events as ev
from core.experiment.loader import load_experiment
from core.runlog.follower import read_events
from core.server.service import Service
from tests.waiting import PATIENCE_S

EXPERIMENT = """
name: hostile
scenes:
  - {id: task, kind: game, duration_s: 60}
  - {id: after, kind: page, text: Thanks}
matching: {max_p2p_rtt_ms: 100}
timeouts: {prepare_s: 60, connect_s: 60, measure_s: 60, reconnect_s: 60}
"""


class Client:
    """A participant's socket that remembers what it was sent. `messages` can be awaited with `expect`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sio = socketio.AsyncClient(reconnection=False)
        self.received: list[tuple[str, Any]] = []
        self._more = asyncio.Condition()
        self.sio.on("*", self._take)
        self.sio.on("rtt_ping", lambda *_payload: None)

    async def _take(self, name: str, *payload: Any) -> None:
        async with self._more:
            self.received.append((name, payload[0] if payload else None))
            self._more.notify_all()

    async def open(self) -> Client:
        await self.sio.connect(self.url, transports=["websocket"])
        return self

    async def join(self, subject_id: str | None = None, **fields: Any) -> dict[str, Any]:
        message = fields if subject_id is None else {"subject_id": subject_id, **fields}
        return await self.say("join", message)

    async def say(self, name: str, payload: Any = None) -> Any:
        return await self.sio.call(name, payload, timeout=PATIENCE_S)

    async def expect(self, name: str, **fields: Any) -> Any:
        """Wait until such a message has come; returns its payload."""

        def found() -> Any:
            for got, payload in self.received:
                if got == name and all(payload.get(key) == value for key, value in fields.items()):
                    return payload
            return None

        async with self._more:
            await asyncio.wait_for(self._more.wait_for(lambda: found() is not None), PATIENCE_S)
        return found()

    async def measure(self, rtt_ms: float) -> None:
        """Go through the probe this client is asked for."""
        prepare = await self.expect("probe_prepare")
        probe = {"probe_session_id": prepare["probe_session_id"]}
        assert (await self.say("probe_ready", probe))["ok"]
        await self.expect("probe_start", **probe)
        result = {**probe, "success": True, "rtt_ms": rtt_ms, "samples_ms": [rtt_ms] * 15, "sent": 15, "path": "host"}
        assert (await self.say("probe_result", result))["ok"]


class Live:
    """A service with a run under way."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.url = f"http://127.0.0.1:{service.port}"
        self.clients: list[Client] = []

    async def client(self) -> Client:
        client = await Client(self.url).open()
        self.clients.append(client)
        return client

    @property
    def log(self) -> list[ev.Event]:
        return read_events(Path(self.service.state()["run_dir"]) / "events.jsonl")

    def refusals(self) -> list[ev.ClientMessageRefused]:
        return [event for event in self.log if isinstance(event, ev.ClientMessageRefused)]


@pytest.fixture
async def live(tmp_path: Path, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest) -> AsyncIterator[Live]:
    """A run with its doors open, with more timeouts as parameter, if any; afterwards nothing may have been logged as a
    warning or an error.
    """
    (tmp_path / "experiment.yaml").write_text(
        EXPERIMENT.replace("timeouts: {", f"timeouts: {{{getattr(request, 'param', '')}")
    )
    loaded = load_experiment(tmp_path / "experiment.yaml")
    service = Service(loaded, tmp_path / "logs", host="127.0.0.1", port=0, program_version="test")
    failures: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failures.append(context))
    await service.start()
    await service.start_run(by="test")
    running = Live(service)
    yield running
    for client in running.clients:
        await client.sio.disconnect()
    await service.stop()
    assert failures == []
    assert [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.WARNING] == []
