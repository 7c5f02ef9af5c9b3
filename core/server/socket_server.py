"""python-socketio as DESIGN §6 and §7 set it: websocket only, orjson, quick to notice a cut network, light under load.

Owns how frames come in and go out. Must not know what they mean, nor who is at the other end.

python-socketio and engine.io are made for servers in general: three tasks and two timers a client, rooms, a task for
each message in and out. Ours never has to wait when it sends, has one receiver for each message and no long polling, so
their own extension points get something plainer here, and an ordinary message goes straight from its frame to whom it
is for. `tests/benchmarks` compares it with theirs.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import engineio
import orjson
import socketio
from aiohttp import web
from engineio import packet
from engineio.exceptions import EngineIOError

from core.server import wire

PING_INTERVAL_S = 5  # with the time-out below, a cut network shows within 10 s (DESIGN §7)
PING_TIMEOUT_S = 5
LATE_S = 1.0
MOST_UNREAD_BYTES = 8_000_000  # waiting for one page: it does not read, and would fill the memory of all
# What reading a frame that is no Engine.IO can end in.
MALFORMED = (ValueError, IndexError, RecursionError, EngineIOError)
TEXT, BINARY, CLOSE = b"\x81", b"\x82", b"\x88"  # the first byte of a whole WebSocket frame (RFC 6455 §5.2)
PING, PONG = b"2", "3"  # Engine.IO's
MAIN = "/"
# An ordinary packet as it stands in its frame: an event (2) or an acknowledgement (3) with its number, then a list.
ORDINARY = re.compile(r"4([23])([0-9]{0,15})(?=\[)")


def make_socket_server() -> socketio.AsyncServer:
    """A server without namespaces."""
    server = SocketServer(
        async_mode="aiohttp",
        transports=["websocket"],
        serializer=wire.Packet,
        client_manager=OneReceiver(),
        ping_interval=PING_INTERVAL_S,
        ping_timeout=PING_TIMEOUT_S,
        monitor_clients=False,  # each connection notices by itself when its page is silent
        max_http_buffer_size=wire.MAX_PACKET_BYTES,
        # Handlers are plain calls that never wait: run them in place, so that one page's messages stay in order.
        async_handlers=False,
        cors_allowed_origins=None,
    )
    server.eio._async = {**server.eio._async, "websocket": partial(WebSocket, server)}
    return server


class EngineServer(engineio.AsyncServer):  # type: ignore[misc]  # engine.io ships no types
    """Without the pings of engine.io's own, which take a task each: our connections keep time themselves."""

    async def _trigger_event(self, event: str, *args: Any, **options: Any) -> Any:
        if event == "connect":
            self.sockets[args[0]].last_ping = None  # it pings those who answered its last one
        return await super()._trigger_event(event, *args, **options)


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # python-socketio ships no types
    """python-socketio's, on the engine above, and with a way to send that never waits."""

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    def send_now(self, sid: str, name: str, payload: Any, namespace: str, on_ack: Callable[..., None] | None) -> None:
        """Send one event to one socket; nothing if it is gone. `on_ack` is called with what its page acknowledges."""
        socket = self.eio.sockets.get(self.manager.eio_sid_from_sid(sid, namespace))
        if socket is None or not isinstance(socket.queue, WayOut):
            return
        ack_id = b"" if on_ack is None else b"%d" % self.manager._generate_ack_id(sid, on_ack)
        where = b"" if namespace == MAIN else namespace.encode() + b","
        socket.queue.write(b"42" + where + ack_id + orjson.dumps([name, payload]))

    @property
    def tables(self) -> tuple[dict[Any, Any], ...]:
        """What holds something for each connection."""
        return self.eio.sockets, self.environ, self.manager.callbacks


class OneReceiver(socketio.AsyncManager):  # type: ignore[misc]  # python-socketio ships no types
    """Knows who is connected to which namespace, and no other rooms."""

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: str,
        *_others: Any,
        callback: Callable[..., None] | None = None,
        **_options: Any,
    ) -> None:
        """Send an event to the socket that python-socketio calls a room with one person; nothing if it is gone."""
        self.server.send_now(room, event, data, namespace, callback)

    def basic_enter_room(self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None) -> None:
        """Only the namespace's own room, None, is kept."""
        if room is None:
            super().basic_enter_room(sid, namespace, room, eio_sid)

    def basic_disconnect(self, sid: str, namespace: str, **_options: Any) -> None:
        """Forget a socket, without the look into everybody's room that python-socketio takes."""
        self.basic_leave_room(sid, namespace, None)
        self.callbacks.pop(sid, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)


class WebSocket:
    """One client's connection, from the upgrade to its end; made by engine.io for each.

    Without permessage-deflate, which engine.io leaves on and has no setting for: it costs 98 kB a client and gains
    nothing on messages as small as ours. `handler` is engine.io's own loop, of which only its socket is used.
    """

    def __init__(self, server: SocketServer, handler: Any, _engine: Any) -> None:
        self._server, self._manager, self._socket = server, server.manager, handler.__self__
        self._heard = True  # since the last ping

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        socket, request = self._socket, environ["aiohttp.request"]
        connection = web.WebSocketResponse(max_msg_size=wire.MAX_PACKET_BYTES, compress=False)
        await connection.prepare(request)
        queued, socket.queue = socket.queue, WayOut(request.transport)
        while not queued.empty():
            await socket.queue.put(queued.get_nowait())
        socket.connected = socket.upgraded = True
        self._ping_later(request.transport)
        try:
            await self._take_messages(connection)
        finally:
            self._timer.cancel()
            await socket.close(wait=False, abort=True, reason=socket.server.reason.TRANSPORT_CLOSE)
            await connection.close()
            _let_go(connection)
        return connection

    def _ping_later(self, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time() + PING_INTERVAL_S
        self._timer = loop.call_at(due_s, self._ping, transport, due_s)

    def _ping(self, transport: asyncio.Transport, due_s: float) -> None:
        """Whoever has said nothing since the last ping did not answer it: there is nobody to say goodbye to. Unless it
        is us who come late, and answers wait to be read.
        """
        late = asyncio.get_running_loop().time() > due_s + LATE_S
        if not self._heard and not late:
            transport.abort()
            return
        self._heard = False
        self._socket.queue.write(PING)
        self._ping_later(transport)

    async def _take_messages(self, connection: web.WebSocketResponse) -> None:
        """Hand on what comes until the connection ends, or the page has said that it does (engine.io's `1`)."""
        while not self._socket.closed:
            message = await connection.receive()
            if message.type not in (web.WSMsgType.TEXT, web.WSMsgType.BINARY):
                return
            self._heard = True
            if message.data == PONG:
                continue
            if message.type is web.WSMsgType.TEXT and await self._take_ordinary(message.data):
                continue
            try:
                await self._socket.receive(packet.Packet(encoded_packet=message.data))
            except MALFORMED:
                return

    async def _take_ordinary(self, text: str) -> bool:
        """Hand on an event or an acknowledgement in the main namespace; False for anything else, which is
        python-socketio's to read.
        """
        found = ORDINARY.match(text)
        sid = self._manager.sid_from_eio_sid(self._socket.sid, MAIN)
        if found is None or not self._manager.is_connected(sid, MAIN):
            return False
        kind, number = found.groups()
        try:
            data = wire.Json.loads(text[found.end() :])
        except (ValueError, RecursionError):
            return False
        if kind == "3" and number:
            await self._manager.trigger_callback(sid, int(number), data)
            return True
        if kind == "3" or not data or not isinstance(data[0], str) or data[0] in wire.RESERVED:
            return False
        answer = await self._server.namespace_handlers[MAIN].trigger_event(data[0], sid, *data[1:])
        if number:
            self._socket.queue.write(b"43" + number.encode() + orjson.dumps([] if answer is None else [answer]))
        return True


class WayOut:
    """Stands where engine.io has a queue and a task that empties it: what is put is handed to the system at once.

    The system's buffer, and asyncio's behind it, hold what a slow page has not read; a page that reads nothing is hung
    up on, and has its view anew when it comes back.
    """

    __slots__ = ("_transport",)

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def write(self, text: bytes) -> None:
        """Send one packet of text; nothing if the connection is closing."""
        transport = self._transport
        if not transport.is_closing():
            transport.write(_frame(TEXT, text))
            if transport.get_write_buffer_size() > MOST_UNREAD_BYTES:
                transport.abort()

    async def put(self, packed: packet.Packet) -> None:
        """Send one packet of engine.io's; nothing if the connection is closing. A browser's engine.io does not know its
        goodbye: the WebSocket's own goes with it.
        """
        encoded = packed.encode()
        if isinstance(encoded, str):
            self.write(encoded.encode())
        elif not self._transport.is_closing():
            self._transport.write(_frame(BINARY, bytes(encoded)))
        if packed.packet_type == packet.CLOSE and not self._transport.is_closing():
            self._transport.write(_frame(CLOSE, b""))

    async def join(self) -> None:
        """Nothing waits here."""


def _let_go(connection: web.WebSocketResponse) -> None:
    """Have a closed connection's memory back at once: the error it keeps holds, by its frames, all that belonged to it,
    and the collector that would find this out seldom comes (DESIGN §6).
    """
    problem = connection.exception()
    while problem is not None:
        problem.__traceback__, problem = None, problem.__context__


def _frame(first_byte: bytes, payload: bytes) -> bytes:
    """A whole frame as servers send it: unmasked (RFC 6455 §5.2)."""
    length = len(payload)
    if length < 126:
        return first_byte + length.to_bytes(1, "big") + payload
    if length < 65536:
        return first_byte + b"\x7e" + length.to_bytes(2, "big") + payload
    return first_byte + b"\x7f" + length.to_bytes(8, "big") + payload
