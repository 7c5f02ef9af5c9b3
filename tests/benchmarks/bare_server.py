"""What Greenroom is measured against: a python-socketio server that sends a pair the same messages and does no more.

Owns its own few lines: the first two who join are a pair, what has to be said is said, nothing is written down,
checked, remembered or kept in time. It is tuned as the engine is (DESIGN §6), and its messages have the engine's names
and shapes; the comparison checks that they are as long. Must not use anything of Greenroom's server but that tuning.

`python -m tests.benchmarks.bare_server [--probes] [--only-wait]` prints its address and serves until its stdin ends.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import sys
import time
from functools import partial
from typing import Any

import socketio
from aiohttp import web
from engineio.async_drivers import aiohttp as driver

from core.server import event_loop
from core.server.wire import Json

PINGS_S = (0.2, 0.5, 1.0)
PING_EVERY_S = 5.0
WAITROOM = {"scene_id": "task", "title": "", "html": ""}
GAME = {
    **WAITROOM, "game": "meet_in_the_middle", "settings": {}, "players": 2, "remaining_s": 60.0, "duration_s": 60.0,
    "ice_servers": [],
}  # fmt: skip
PREPARE = {"ice_servers": [], "ice_transport_policy": "all", "pings": 15, "warmup": 2, "interval_ms": 40}


class WithoutDeflate(driver.WebSocket):  # type: ignore[misc]  # engine.io ships no types
    """engine.io's own WebSocket but for the one setting it does not offer."""

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        self.environ = environ
        self._sock = web.WebSocketResponse(max_msg_size=self.server.max_http_buffer_size, compress=False)
        await self._sock.prepare(environ["aiohttp.request"])
        await self.handler(self)
        return self._sock


def make_server() -> socketio.AsyncServer:
    """python-socketio as it comes, with the settings that the engine has, too."""
    server = socketio.AsyncServer(
        async_mode="aiohttp", transports=["websocket"], json=Json, async_handlers=False, ping_interval=5, ping_timeout=5
    )
    server.eio._async = {**server.eio._async, "websocket": WithoutDeflate}
    return server


class Pairs(socketio.AsyncNamespace):
    """Pairs in the order of joining."""

    def __init__(self, server: socketio.AsyncServer, *, probes: bool, only_wait: bool) -> None:
        super().__init__("/")
        self._sio, self._probes, self._only_wait = server, probes, only_wait
        self._numbers = itertools.count(1)
        self._waiting: str | None = None
        self._partner: dict[str, str] = {}
        self._name: dict[str, str] = {}
        self._said: dict[tuple[str, str], int] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._sending: set[asyncio.Task[None]] = set()

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Every message; the answer is its acknowledgement."""
        sid = args[0]
        if event == "connect":
            return None
        if event == "disconnect":
            self._forget(sid)
            return None
        answer = {"ok": True}
        if event == "join":
            answer = self._join(sid)
        elif event in ("probe_ready", "probe_result"):
            self._both(sid, event, args[1]["probe_session_id"])
        return answer

    def _send(self, sid: str, name: str, payload: dict[str, Any], on_ack: Any = None) -> None:
        task = asyncio.create_task(self._sio.emit(name, payload, to=sid, callback=on_ack))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    def _forget(self, sid: str) -> None:
        timer = self._timers.pop(sid, None)
        if timer is not None:
            timer.cancel()
        self._name.pop(sid, None)
        self._partner.pop(sid, None)

    def _join(self, sid: str) -> dict[str, Any]:
        self._name[sid] = f"P{next(self._numbers):03d}"
        self._ping_later(sid, 0)
        self._view(sid, {**WAITROOM, "phase": "waitroom", "waited_s": 0.0})
        if self._only_wait:
            pass
        elif self._waiting is None:
            self._waiting = sid
        else:
            self._pair(self._waiting, sid)
            self._waiting = None
        return {"ok": True, "subject_id": self._name[sid], "token": secrets.token_urlsafe(24)}

    def _view(self, sid: str, view: dict[str, Any]) -> None:
        self._send(sid, "view", {"subject_id": self._name[sid], **view})

    def _pair(self, a: str, b: str) -> None:
        self._partner[a], self._partner[b] = b, a
        number = next(self._numbers)
        if not self._probes:
            self._start_game(a, b, number)
            return
        for sid, role in ((b, "answer"), (a, "offer")):
            self._send(sid, "probe_prepare", {"probe_session_id": f"probe-{number}", "role": role, **PREPARE})
        for sid in (a, b):
            self._view(sid, {**WAITROOM, "phase": "probing", "waited_s": 0.0})

    def _both(self, sid: str, said: str, probe_session_id: str) -> None:
        """When the second of the two has said it: on to the next step."""
        self._said[probe_session_id, said] = self._said.get((probe_session_id, said), 0) + 1
        if self._said[probe_session_id, said] < 2:
            return
        del self._said[probe_session_id, said]
        partner = self._partner[sid]
        name = "probe_start" if said == "probe_ready" else "probe_close"
        for each in (partner, sid):
            self._send(each, name, {"probe_session_id": probe_session_id})
        if said == "probe_result":
            self._start_game(partner, sid, int(probe_session_id.partition("-")[2]))

    def _start_game(self, a: str, b: str, number: int) -> None:
        for player, sid in enumerate((a, b)):
            self._view(sid, {**GAME, "phase": "game", "game_id": f"game-{number}", "player": player, "seed": 10**9})

    def _ping_later(self, sid: str, pings: int) -> None:
        delay_s = PINGS_S[pings] if pings < len(PINGS_S) else PING_EVERY_S
        self._timers[sid] = asyncio.get_running_loop().call_later(delay_s, self._ping, sid, pings)

    def _ping(self, sid: str, pings: int) -> None:
        self._send(sid, "rtt_ping", {}, partial(self._on_pong, time.perf_counter()))
        self._ping_later(sid, pings + 1)

    @staticmethod
    def _on_pong(_sent_s: float, *_payload: Any) -> None:
        """Measured by nobody."""


async def main() -> None:
    """Listen, say where, serve until nobody holds the other end of stdin."""
    server = make_server()
    server.register_namespace(Pairs(server, probes="--probes" in sys.argv, only_wait="--only-wait" in sys.argv))
    app = web.Application()
    server.attach(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/", flush=True)
    event_loop.tune_collector()
    await asyncio.to_thread(sys.stdin.read)
    await server.shutdown()
    await runner.cleanup()


if __name__ == "__main__":
    event_loop.run(main())
