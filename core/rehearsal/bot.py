"""One bot: a made-up page on a real socket.

Owns the socket: joining, joining again after it broke, messages in their order. Must not decide what the page says.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any

import aiohttp
import msgspec
import socketio

from core.clock import SystemClock
from core.rehearsal.crowd import Crowd, Member
from core.rehearsal.page import MadeUpProbe, Page, Probe, Say, SilentProbe, Ways
from core.server import wire
from core.server.participants import NOT_STARTED

USER_AGENT = "greenroom bots"
ANSWER_TIMEOUT_S = 8.0
TRIES = 20
LONGEST_PAUSE_S = 2.0  # between two tries to connect
# A socket that the engine closed is nothing to report: the bot says itself what came of it.
logging.getLogger("engineio.client").setLevel(logging.CRITICAL)


class Fleet:
    """What all bots share: address, crowd, HTTP connections, and the tasks that nobody waits for by name."""

    def __init__(self, address: str, http: aiohttp.ClientSession, crowd: Crowd, *, real: bool) -> None:
        self.address, self.http, self.crowd, self.real = address, http, crowd, real
        self.clock = SystemClock()
        self.ways = Ways()
        self._tasks: set[asyncio.Task[None]] = set()

    def send_out(self) -> Bot:
        """One more bot, on its way."""
        return Bot(self.crowd.next_member(), self)

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run something beside; what it raises reaches the loop's exception handler."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)
        return task

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            context = {"message": f"{task.get_name()} has failed", "exception": problem, "task": task}
            task.get_loop().call_exception_handler(context)

    async def close(self) -> None:
        """Wait for what is still being closed."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def make_probe(self, member: Member, order: dict[str, Any], say: Say) -> Probe:
        """A page's side of a probe: real or made up."""
        if member.silent:
            return SilentProbe(made_up=not self.real)
        if not self.real:
            return MadeUpProbe(order, say, member, self.crowd, self.clock, self.ways)
        from core.rehearsal.webrtc_probe import WebRtcProbe  # the optional extra: loaded only where it is asked for

        return WebRtcProbe(order, say, member, self.crowd, self.spawn)


class Bot:
    """One participant. `end` is its last word: the page's last phase, or refused, unreachable, left; `sentence` why."""

    def __init__(self, member: Member, fleet: Fleet) -> None:
        self._member, self._fleet = member, fleet
        self._token: str | None = None
        self._away_s = 0.0
        self._leaving = False
        self._sentence = ""
        self._outcome = ""
        self._down = asyncio.Event()
        self._outbox: asyncio.Queue[tuple[str, msgspec.Struct]] = asyncio.Queue()
        self.game_data: Any = {"simulated": True}
        self.page = Page(member, fleet.crowd, fleet.clock, self, partial(fleet.make_probe, member))
        self._sio = socketio.AsyncClient(reconnection=False, http_session=fleet.http, handle_sigint=False)
        self._sio.on("connect", self._on_connect)
        self._sio.on("disconnect", self._on_disconnect)
        self._sio.on("rtt_ping", self._on_ping)
        self._sio.on("*", self._on_event)
        self.task = asyncio.create_task(self._live(), name="bot")

    @property
    def end(self) -> str:
        """The last word."""
        return self._outcome or (self.page.phase if self.page.over else "left")

    @property
    def sentence(self) -> str:
        """Why it was refused or could not come; empty for most."""
        return self._sentence

    # --- as a Line ----------------------------------------------------------------------------------------------------

    def say(self, name: str, message: msgspec.Struct) -> None:
        """Send it after what was said before."""
        self._outbox.put_nowait((name, message))

    def break_off(self, away_s: float) -> None:
        """Hang up, and come back later."""
        self._away_s = away_s
        self._down.set()

    def close(self) -> None:
        """Hang up for good."""
        self._down.set()

    def leave(self) -> None:
        """Stop taking part, in so many words, so that nobody waits for this one."""
        if not self.page.over and not self._leaving:
            self._leaving = True
            self.say("leave", wire.Leave())
            self._outbox.put_nowait(("", wire.Leave()))  # behind it: hang up

    # --- the socket ---------------------------------------------------------------------------------------------------

    async def _live(self) -> None:
        while not (self.page.over or self._leaving or self._outcome):
            if not await self._connect():
                return
            sending = asyncio.create_task(self._send_all(), name="bot's outbox")
            await self._down.wait()
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending
            self.page.lost()
            await self._sio.disconnect()
            self._outbox = asyncio.Queue()  # what was not sent is worth nothing later: the view comes again
            away_s, self._away_s = self._away_s, 0.0
            await asyncio.sleep(away_s)

    async def _connect(self) -> bool:
        """Whether there is a line; after TRIES there will be none."""
        self._down.clear()
        for attempt in range(TRIES):
            try:
                await self._sio.connect(self._fleet.address, transports=["websocket"], wait_timeout=ANSWER_TIMEOUT_S)
            except socketio.exceptions.ConnectionError as problem:
                self._sentence = f"could not connect: {problem}"
                if self._leaving:
                    break
                await asyncio.sleep(min(LONGEST_PAUSE_S, 0.2 * 2**attempt))
            else:
                self._sentence = ""
                return True
        self._outcome = "unreachable"
        return False

    async def _send_all(self) -> None:
        while True:
            name, message = await self._outbox.get()
            if not name:
                self._down.set()
                return
            with contextlib.suppress(socketio.exceptions.SocketIOError):  # the line broke; `disconnect` tells
                # With an answer asked for, the engine's refusals reach us, and sending keeps its order.
                await self._sio.emit(name, msgspec.to_builtins(message), callback=_ignore)

    async def _join(self) -> None:
        member = self._member
        who = wire.Join(member.subject_id, self._token, USER_AGENT, simulated=True, hidden=member.hidden)
        try:
            answer = await self._sio.call("join", msgspec.to_builtins(who), timeout=ANSWER_TIMEOUT_S)
        except socketio.exceptions.SocketIOError:
            self._down.set()
            return
        if answer["ok"]:
            first = self._token is None
            self._token = answer["token"]
            self.page.back()
            if first:
                self.page.joined()
        elif answer["error"] != NOT_STARTED:  # else `rejoin` comes when it does
            self._outcome, self._sentence = "refused", answer["error"]
            self._down.set()

    def _on_connect(self) -> None:
        self.page.back()  # the first view may come before the answer to `join`
        self._fleet.spawn(self._join(), "bot's join")

    def _on_disconnect(self, _reason: str = "") -> None:
        self._down.set()

    async def _on_ping(self, _payload: Any = None) -> None:
        """The acknowledgement is what is timed: as late as a way of this length makes it."""
        if self._member.access_ms:
            await asyncio.sleep(self._member.access_ms / 1000)

    def _on_event(self, name: str, payload: Any = None) -> None:
        if name == "rejoin":
            if self.page.phase != "done":
                self._fleet.spawn(self._join(), "bot's join")
        elif isinstance(payload, dict):
            self.page.take(name, payload)


def _ignore(_answer: Any = None) -> None:
    """A refusal is in the engine's log."""
