"""A scripted engine for page tests: speaks the wire over real Socket.IO, shows what it is told, keeps what it hears.

Owns no rules of matching; the real engine is tested elsewhere. Asked over stdin as tests/json_process.py says.
Run as `python -m tests.participant_page.wire_server HOST`; the first ask is `begin`, which tells the port.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import socketio
from aiohttp import web

from core.server.http import CONTENT_SECURITY_POLICY
from tests.waiting import PATIENCE_S

PAGE = Path(__file__).resolve().parent.parent.parent / "resources" / "participant"
CLIENT_EVENTS = (
    "advance",
    "leave",
    "visibility",
    "probe_ready",
    "probe_signal",
    "probe_progress",
    "probe_result",
    "game_data",
    "game_finished",
)


class WireServer:
    """One test's engine. `views` is what each subject sees; `heard` is `(event, subject_id, data)` in order."""

    def __init__(self, host: str) -> None:
        self.host, self.port = host, 0
        self.sio = socketio.AsyncServer(async_mode="aiohttp", ping_interval=5, ping_timeout=PATIENCE_S)
        self.sids: dict[str, str] = {}
        self.views: dict[str, dict[str, Any]] = {}
        self.heard: list[tuple[str, str, Any]] = []
        self.refusals: dict[str, str] = {}
        self.unanswered: set[str] = set()
        self.token = "token-"
        self.connected: set[str] = set()
        self.moved = asyncio.Condition()
        self.first_view: dict[str, Any] = {
            "phase": "page",
            "scene_id": "welcome",
            "title": "Welcome",
            "html": "<p>Hello</p>",
            "button": "Continue",
        }
        self.app = web.Application(middlewares=[with_policy])
        self.app.router.add_get("/", lambda _request: web.FileResponse(PAGE / "index.html"))
        self.app.router.add_static("/page", PAGE)
        self.sio.attach(self.app)
        self.sio.on("connect", self.on_connect)
        self.sio.on("disconnect", self.on_disconnect)
        self.sio.on("join", self.on_join)
        self.sio.on("game_message", self.on_game_message)
        for name in CLIENT_EVENTS:
            self.sio.on(name, self._listener(name))
        self.runner = web.AppRunner(self.app, shutdown_timeout=0.5)
        self.site: web.TCPSite | None = None

    async def start(self) -> int:
        await self.runner.setup()
        await self.ask_listen()
        self.port = self.runner.addresses[0][1]
        return self.port

    async def on_connect(self, sid: str, _environ: dict[str, Any]) -> None:
        async with self.moved:
            self.connected.add(sid)
            self.moved.notify_all()

    async def on_disconnect(self, sid: str, _reason: str) -> None:
        async with self.moved:
            self.connected.discard(sid)
            self.moved.notify_all()

    # --- what pages say ---------------------------------------------------------------------------------------------

    async def on_join(self, sid: str, data: dict[str, Any]) -> dict[str, Any]:
        if "join" in self.refusals:
            return {"ok": False, "error": self.refusals["join"]}
        token = data.get("token") if str(data.get("token")).startswith(self.token) else None
        subject = token.removeprefix(self.token) if token else data.get("subject_id") or f"S{len(self.views) + 1}"
        self.sids[subject] = sid
        await self.sio.save_session(sid, {"subject_id": subject})
        await self._note("join", subject, data)
        self.views.setdefault(subject, self.first_view)
        await self.sio.emit("view", {**self.views[subject], "subject_id": subject}, to=sid)
        return {"ok": True, "subject_id": subject, "token": f"{self.token}{subject}"}

    def _listener(self, name: str) -> Callable[..., Any]:
        async def listen(sid: str, data: Any = None) -> dict[str, Any]:
            if name in self.refusals:
                return {"ok": False, "error": self.refusals[name]}
            subject = (await self.sio.get_session(sid))["subject_id"]
            await self._note(name, subject, data)
            if name in self.unanswered:
                self.unanswered.remove(name)
                await asyncio.Future()
            if name == "probe_signal":
                other = next(sid_of for who, sid_of in self.sids.items() if who != subject)
                await self.sio.emit("probe_signal", data, to=other)
            return {"ok": True}

        return listen

    async def on_game_message(self, sid: str, data: dict[str, Any]) -> dict[str, Any]:
        subject = (await self.sio.get_session(sid))["subject_id"]
        await self._note("game_message", subject, data["payload"])
        player = self.views[subject].get("player", 0)
        for who, sid_of in self.sids.items():
            if who != subject and data.get("to") in (None, self.views[who].get("player")):
                await self.sio.emit("game_message", {"from": player, "payload": data["payload"]}, to=sid_of)
        return {"ok": True}

    async def _note(self, name: str, subject: str, data: Any) -> None:
        async with self.moved:
            self.heard.append((name, subject, data))
            self.moved.notify_all()

    # --- what the test asks -----------------------------------------------------------------------------------------

    async def ask_listen(self) -> None:
        self.site = web.TCPSite(self.runner, self.host, self.port, reuse_address=True)
        await self.site.start()

    async def ask_cut(self) -> None:
        """As a crashed engine: no door, and every line dropped without a word."""
        assert self.site is not None
        await self.site.stop()
        assert self.runner.server is not None
        for connection in list(self.runner.server.connections):
            if connection.transport is not None:
                connection.transport.abort()

    async def ask_first_view(self, view: dict[str, Any]) -> None:
        self.first_view = view

    async def ask_show(self, subject: str, view: dict[str, Any]) -> None:
        self.views[subject] = view
        await self.sio.emit("view", {**view, "subject_id": subject}, to=self.sids[subject])

    async def ask_emit(self, subject: str, event: str, data: Any) -> None:
        await self.sio.emit(event, data, to=self.sids[subject])

    async def ask_emit_to_all(self, event: str, data: Any) -> None:
        """Also to pages that were refused, which no subject id names."""
        await self.sio.emit(event, data)

    async def ask_wait_connections(self, count: int) -> None:
        async with self.moved:
            await asyncio.wait_for(self.moved.wait_for(lambda: len(self.connected) == count), PATIENCE_S)

    async def ask_refuse(self, event: str, error: str | None) -> None:
        if error is None:
            self.refusals.pop(event, None)
        else:
            self.refusals[event] = error

    async def ask_new_run(self) -> None:
        """Nobody's token is known any more."""
        self.token = f"another-{self.token}"

    async def ask_leave_unanswered(self, event: str) -> None:
        """The next one."""
        self.unanswered.add(event)

    async def ask_ping(self, subject: str) -> Any:
        return await self.sio.call("rtt_ping", to=self.sids[subject], timeout=PATIENCE_S)

    async def ask_heard(self, event: str) -> list[list[Any]]:
        return [[subject, data] for name, subject, data in self.heard if name == event]

    async def ask_wait_heard(self, event: str, count: int) -> list[list[Any]]:
        async with self.moved:
            enough = self.moved.wait_for(lambda: sum(name == event for name, _, _ in self.heard) >= count)
            await asyncio.wait_for(enough, PATIENCE_S)
        return await self.ask_heard(event)

    async def ask_probe(self, offers: str, answers: str, ice_servers: list[Any], **more: Any) -> dict[str, Any]:
        """One probe as the engine runs it: prepare both, start when both are ready, close when both have reported."""
        before = sum(name == "probe_result" for name, _, _ in self.heard)
        ready_before = sum(name == "probe_ready" for name, _, _ in self.heard)
        probe_id = f"probe{before}"
        for who, role in ((answers, "answer"), (offers, "offer")):
            await self.ask_emit(
                who,
                "probe_prepare",
                {
                    "probe_session_id": probe_id,
                    "role": role,
                    "ice_servers": ice_servers,
                    "ice_transport_policy": "all",
                    "pings": 15,
                    "warmup": 2,
                    "interval_ms": 40,
                    **more,
                },
            )
        await self.ask_wait_heard("probe_ready", ready_before + 2)
        for who in (offers, answers):
            await self.ask_emit(who, "probe_start", {"probe_session_id": probe_id})
        results = await self.ask_wait_heard("probe_result", before + 2)
        for who in (offers, answers):
            await self.ask_emit(who, "probe_close", {"probe_session_id": probe_id})
        return dict(results[before:])


@web.middleware
async def with_policy(request: web.Request, handler: Callable[..., Any]) -> Any:
    """The policy the real engine sends, so that a page that needs more than it breaks here."""
    response = await handler(request)
    if isinstance(response, web.FileResponse):
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["Cache-Control"] = "no-cache"
    return response


async def answer(server: WireServer, ask: dict[str, Any]) -> None:
    number = ask.pop("id")
    try:
        value = await getattr(server, f"ask_{ask.pop('ask')}")(**ask)
        tell(number, answer=value)
    except (KeyError, OSError, TypeError, TimeoutError, socketio.exceptions.TimeoutError) as problem:
        tell(number, error=f"{type(problem).__name__}: {problem}")


def tell(number: int, **reply: Any) -> None:
    print(json.dumps({"id": number, **reply}), flush=True)


async def main(host: str) -> None:
    server = WireServer(host)
    lines: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read_stdin() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, "")

    threading.Thread(target=read_stdin, name="stdin", daemon=True).start()
    while line := await lines.get():
        ask = json.loads(line)
        if ask["ask"] == "begin":  # another test: an engine that knows nobody, on a port that no old page knows
            await server.runner.cleanup()
            server = WireServer(host)
            tell(ask["id"], answer=await server.start())
        else:
            await answer(server, ask)
    with contextlib.suppress(asyncio.CancelledError):
        await server.runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
