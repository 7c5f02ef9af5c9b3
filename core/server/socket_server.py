"""python-socketio as DESIGN §6 and §7 set it: websocket only, orjson, quick to notice a cut network, light under load.

Owns how frames come in and go out. Must not know what they mean, nor who is at the other end.

python-socketio and engine.io are made for servers in general: three tasks and two timers a client, a task for each
message in and out. Ours never has to wait when it sends, has one receiver for each message and no long polling, so
their own extension points get something plainer here. `tests/benchmarks` compares it with theirs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import socketio
from aiohttp import web
from engineio import packet
from engineio.exceptions import EngineIOError
from socketio.packet import EVENT

from core.server import wire

PING_INTERVAL_S = 5  # with the time-out below, a cut network shows within 10 s (DESIGN §7)
PING_TIMEOUT_S = 5
# What reading a frame that is no Engine.IO can end in.
MALFORMED = (ValueError, IndexError, RecursionError, EngineIOError)
TEXT, BINARY = b"\x81", b"\x82"  # the first byte of a whole WebSocket frame (RFC 6455 §5.2)


def make_socket_server() -> socketio.AsyncServer:
    """A server without namespaces."""
    server = socketio.AsyncServer(
        async_mode="aiohttp",
        transports=["websocket"],
        serializer=wire.Packet,
        client_manager=OneReceiver(),
        ping_interval=PING_INTERVAL_S,
        ping_timeout=PING_TIMEOUT_S,
        max_http_buffer_size=wire.MAX_PACKET_BYTES,
        # Handlers are plain calls that never wait: run them in place, so that one page's messages stay in order.
        async_handlers=False,
        cors_allowed_origins=None,
    )
    server.eio._async = {**server.eio._async, "websocket": WebSocket}
    return server


class OneReceiver(socketio.AsyncManager):  # type: ignore[misc]  # python-socketio ships no types
    """Sends to one socket at a time and at once, where python-socketio would make a task for each of several."""

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
        eio_sid = self.eio_sid_from_sid(room, namespace)
        if eio_sid is None:
            return
        ack_id = None if callback is None else self._generate_ack_id(room, callback)
        await self.server._send_packet(eio_sid, wire.Packet(EVENT, [event, data], namespace, ack_id))


class WebSocket:
    """One client's connection, from the upgrade to its end; made by engine.io for each.

    Without permessage-deflate, which engine.io leaves on and has no setting for: it costs 98 kB a client and gains
    nothing on messages as small as ours. `handler` is engine.io's own loop, of which only its socket is used.
    """

    def __init__(self, handler: Any, _server: Any) -> None:
        self._socket = handler.__self__

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        socket, request = self._socket, environ["aiohttp.request"]
        # Whoever says nothing for so long has not answered a ping.
        connection = web.WebSocketResponse(
            max_msg_size=wire.MAX_PACKET_BYTES, compress=False, receive_timeout=PING_INTERVAL_S + PING_TIMEOUT_S
        )
        await connection.prepare(request)
        queued, socket.queue = socket.queue, WayOut(request.transport)
        while not queued.empty():
            await socket.queue.put(queued.get_nowait())
        socket.connected = socket.upgraded = True
        try:
            await self._take_messages(connection)
        except TimeoutError:
            request.transport.abort()  # there is nobody to say goodbye to
        finally:
            await socket.close(wait=False, abort=True, reason=socket.server.reason.TRANSPORT_CLOSE)
            await connection.close()
            _let_go(connection)
        return connection

    async def _take_messages(self, connection: web.WebSocketResponse) -> None:
        """Hand on what comes until the connection ends. TimeoutError if nothing does."""
        while True:
            message = await connection.receive()
            if message.type not in (web.WSMsgType.TEXT, web.WSMsgType.BINARY):
                return
            try:
                await self._socket.receive(packet.Packet(encoded_packet=message.data))
            except MALFORMED:
                return


class WayOut:
    """Stands where engine.io has a queue and a task that empties it: what is put is handed to the system at once.

    The system's buffer, and asyncio's behind it, hold what a slow page has not read.
    """

    __slots__ = ("_transport",)

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    async def put(self, packed: packet.Packet) -> None:
        """Send one packet; nothing if the connection is closing."""
        if self._transport.is_closing():
            return
        encoded = packed.encode()
        self._transport.write(
            _frame(TEXT, encoded.encode()) if isinstance(encoded, str) else _frame(BINARY, bytes(encoded))
        )

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
