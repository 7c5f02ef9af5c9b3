"""Participants' sockets: the default Socket.IO namespace.

Owns which socket speaks for whom, the acknowledgement of every message, and the pings that measure the server RTT.
Must not decide what a message means: the engine does. Whatever a page sends, it gets an answer, and nobody else is
disturbed.
"""

from __future__ import annotations

import logging
import math
import statistics
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import socketio

from core import events as ev
from core.clock import Clock, Timer
from core.runlog.lines import NotJsonError
from core.server import wire
from core.server.engine import Engine
from core.server.outbox import Outbox
from core.server.recorder import RunStopped
from core.server.views import ended_view
from core.server.wire import Refused, TooLate

log = logging.getLogger(__name__)

FIRST_PINGS_S = (0.2, 0.5, 1.0)  # after a join, so that the first matching pass has a number soon
PING_EVERY_S = 5.0
SILENT_AFTER_S = 2 * PING_EVERY_S  # without an answer to a ping: nobody is grouped with such a page
REPLACED = ("Opened elsewhere", "You went on in another window. You can close this one.")
NOT_STARTED = "the session has not started yet; this page will go on by itself when it does"
# What each message of somebody who has joined asks of the engine: (engine, subject_id, message).
HANDLERS: dict[str, Callable[[Engine, str, Any], None]] = {
    "advance": lambda e, s, m: e.journey.advance(s, m.scene_id, m.data),
    "visibility": lambda e, s, m: e.journey.set_visibility(s, m.hidden),
    "probe_ready": lambda e, s, m: e.play.probe_ready(s, m),
    "probe_signal": lambda e, s, m: e.play.probe_signal(s, m),
    "probe_progress": lambda e, s, m: e.play.probe_progress(s, m),
    "probe_result": lambda e, s, m: e.play.probe_result(s, m),
    "game_message": lambda e, s, m: e.play.game_message(s, m),
    "game_data": lambda e, s, m: e.play.game_data(s, m.data, m.record_id),
    "game_finished": lambda e, s, m: e.play.game_finished(s, m.data, m.record_id),
    "leave": lambda e, s, _m: e.journey.leave(s),
}


class _Socket:
    """One connected page. `subject_id` is None until it has joined."""

    __slots__ = ("heard_at_s", "pings", "samples_ms", "subject_id", "timer", "unanswered_since_s")

    def __init__(self) -> None:
        self.subject_id: str | None = None
        self.samples_ms: deque[float] = deque(maxlen=5)
        self.pings = 0
        self.heard_at_s = -math.inf
        self.unanswered_since_s: float | None = None  # the oldest ping since the last answer
        self.timer: Timer | None = None


class Participants(socketio.AsyncNamespace):  # type: ignore[misc]  # python-socketio ships no types
    """The default namespace. `engine` is the run under way, or None."""

    def __init__(self, server: socketio.AsyncServer, outbox: Outbox, clock: Clock) -> None:
        super().__init__("/")
        self.engine: Engine | None = None
        self._server, self._outbox, self._clock = server, outbox, clock
        self._sockets: dict[str, _Socket] = {}
        self._sid_of: dict[str, str] = {}

    @property
    def connected(self) -> int:
        """How many pages are connected. Not `__len__`: python-socketio takes a falsy namespace for none at all."""
        return len(self._sockets)

    @property
    def tables(self) -> tuple[dict[Any, Any], ...]:
        """What holds something for each page."""
        return self._sockets, self._sid_of

    def send(self, subject_id: str, name: str, payload: dict[str, Any]) -> None:
        """Send to a participant's newest socket; nothing if they have none."""
        sid = self._sid_of.get(subject_id)
        if sid is not None:
            self._outbox.put(sid, name, payload)

    def heard_at_s(self, subject_id: str) -> float:
        """When the participant's newest socket last said or answered anything, in monotonic seconds."""
        socket = self._sockets.get(self._sid_of.get(subject_id, ""))
        return -math.inf if socket is None else socket.heard_at_s

    def ask(self, subject_id: str, on_answer: Callable[[], None]) -> None:
        """One ping out of turn; `on_answer` is called when it is answered."""
        sid = self._sid_of.get(subject_id, "")
        socket = self._sockets.get(sid)
        if socket is not None:
            self._send_ping(sid, socket, on_answer)

    def take_up(self, engine: Engine) -> None:
        """A new run: nobody has joined it yet, so pages that are still open ask again."""
        self.engine = engine
        self._sid_of.clear()
        for sid, socket in self._sockets.items():
            socket.subject_id = None
            if socket.timer is not None:
                socket.timer.cancel()
            self._outbox.put(sid, "rejoin", {})

    # --- from the sockets ---------------------------------------------------------------------------------------------

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Everything python-socketio has for this namespace comes through here, known or not."""
        if event == "connect":
            self._sockets[args[0]] = _Socket()
            return None
        if event == "disconnect":
            self._on_disconnect(args[0], str(args[1]) if len(args) > 1 else "")
            return None
        sid, *payload = args
        return self._answer(sid, event, payload[0] if payload else None)

    def _answer(self, sid: str, name: str, payload: Any) -> dict[str, Any]:
        """The acknowledgement of one message."""
        socket = self._sockets.get(sid)
        if socket is None:
            return {"ok": False, "error": "this connection is closed"}
        socket.heard_at_s = self._clock.monotonic()
        try:
            return {"ok": True, **self._handle(sid, socket, name, payload)}
        except TooLate as late:
            return {"ok": False, "error": str(late)}
        except (Refused, NotJsonError) as refusal:
            self._note_refusal(socket, name, str(refusal))
            return {"ok": False, "error": str(refusal)}
        except RunStopped:
            return {"ok": False, "error": "the session had to stop: it could not be recorded any more"}

    def _handle(self, sid: str, socket: _Socket, name: str, payload: Any) -> dict[str, Any]:
        message = wire.decode(name, payload)
        if self.engine is None:
            raise Refused(NOT_STARTED)
        if name == "join":
            return self._join(self.engine, sid, socket, cast(wire.Join, message))
        if socket.subject_id is None:
            raise Refused(f"{name}: join first")
        if self._sid_of.get(socket.subject_id) != sid:
            raise Refused(f"{name}: you went on in another window, and only the newest one counts")
        HANDLERS[name](self.engine, socket.subject_id, message)
        return {}

    def _join(self, engine: Engine, sid: str, socket: _Socket, message: wire.Join) -> dict[str, Any]:
        if socket.subject_id is not None and message.token is None:
            raise Refused(f"join: this page is {socket.subject_id} already")
        subject_id, token = engine.journey.join(message)
        before = self._sid_of.get(subject_id)
        if before is not None and before != sid:
            self._outbox.put(before, "view", {"subject_id": subject_id, **ended_view(*REPLACED)})
        self._sid_of[subject_id] = sid
        socket.subject_id = subject_id
        if engine.over:
            engine.show(subject_id)  # nothing more is recorded, so no event will
        if socket.timer is None:
            self._ping_later(sid, socket)
        return {"subject_id": subject_id, "token": token}

    def _on_disconnect(self, sid: str, reason: str) -> None:
        socket = self._sockets.pop(sid, None)
        if socket is None:
            return
        if socket.timer is not None:
            socket.timer.cancel()
        subject_id = socket.subject_id
        if subject_id is None or self._sid_of.get(subject_id) != sid:
            return  # never joined, or replaced by a newer socket
        del self._sid_of[subject_id]
        if self.engine is not None:
            try:
                self.engine.journey.disconnected(subject_id, reason)
            except RunStopped:
                log.debug("%s disconnected after the run had stopped", subject_id)

    def _note_refusal(self, socket: _Socket, name: str, error: str) -> None:
        if self.engine is None or self.engine.over:
            return
        known = name if name in wire.MESSAGES else "unknown"
        try:
            self.engine.record(ev.ClientMessageRefused(message=known, error=error[:300], subject_id=socket.subject_id))
        except RunStopped:
            log.debug("a refusal came when the run had stopped")

    # --- server RTT (DESIGN §5) ---------------------------------------------------------------------------------------

    def _ping_later(self, sid: str, socket: _Socket) -> None:
        delay_s = FIRST_PINGS_S[socket.pings] if socket.pings < len(FIRST_PINGS_S) else PING_EVERY_S
        socket.timer = self._clock.call_later(delay_s, partial(self._ping, sid, socket))

    def _ping(self, sid: str, socket: _Socket) -> None:
        socket.pings += 1
        now_s = self._clock.monotonic()
        if socket.unanswered_since_s is None:
            socket.unanswered_since_s = now_s
        elif now_s - socket.unanswered_since_s > SILENT_AFTER_S:
            self._set_silent(socket, True)
        self._send_ping(sid, socket)
        self._ping_later(sid, socket)

    def _send_ping(self, sid: str, socket: _Socket, on_answer: Callable[[], None] = lambda: None) -> None:
        on_ack = partial(self._on_pong, socket, time.perf_counter(), on_answer)
        self._outbox.put(sid, "rtt_ping", {}, on_ack=on_ack)

    def _set_silent(self, socket: _Socket, silent: bool) -> None:
        if self.engine is None or socket.subject_id is None:
            return
        if self._sockets.get(self._sid_of.get(socket.subject_id, "")) is not socket:
            return  # replaced by a newer one, which speaks for itself
        try:
            self.engine.journey.set_silent(socket.subject_id, silent)
        except RunStopped:
            log.debug("a page fell silent, or spoke again, after the run had stopped")

    def _on_pong(self, socket: _Socket, sent_s: float, on_answer: Callable[[], None], *_payload: Any) -> None:
        sample_ms = (time.perf_counter() - sent_s) * 1000
        socket.heard_at_s, socket.unanswered_since_s = self._clock.monotonic(), None
        on_answer()
        self._set_silent(socket, False)
        socket.samples_ms.append(sample_ms)
        if self.engine is None or socket.subject_id is None:
            return
        try:
            self.engine.journey.measured_server_rtt(socket.subject_id, statistics.median(socket.samples_ms), sample_ms)
        except RunStopped:
            log.debug("a ping was answered after the run had stopped")
