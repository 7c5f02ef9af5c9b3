"""Frames over a real connection: what goes out arrives whole, what is no Engine.IO ends only its own connection."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import weakref
from collections.abc import AsyncIterator
from logging.handlers import QueueHandler
from typing import Any

import aiohttp
import pytest
import socketio
from aiohttp import web
from engineio import packet

from core.server import socket_server
from core.server.outbox import Outbox
from tests.waiting import PATIENCE_S

UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


class Echo(socketio.AsyncNamespace):
    """Answers with what it was told; tells who has come and gone."""

    def __init__(self) -> None:
        super().__init__("/")
        self.here: set[str] = set()
        self.gone: asyncio.Queue[str] = asyncio.Queue()

    async def trigger_event(self, event: str, *args: Any) -> Any:
        if event == "connect":
            self.here.add(args[0])
        elif event == "disconnect":
            self.here.discard(args[0])
            self.gone.put_nowait(args[1])
        elif event == "fail":
            raise ValueError("an error of ours")
        else:
            return args[1]
        return None


class Served:
    def __init__(self, server: socketio.AsyncServer, echo: Echo, port: int) -> None:
        self.server, self.echo, self.port = server, echo, port
        self.url = f"http://127.0.0.1:{port}"
        self.websocket_url = f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"


@contextlib.asynccontextmanager
async def serving(caplog) -> AsyncIterator[Served]:
    server, echo = socket_server.make_socket_server(), Echo()
    server.register_namespace(echo)
    app = web.Application()
    server.attach(app)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Served(server, echo, runner.addresses[0][1])
    await server.shutdown()
    await runner.cleanup()
    said = [*caplog.get_records("call"), *caplog.records]  # `records` alone are the present phase's
    assert [record.getMessage() for record in said if record.levelname in ("WARNING", "ERROR")] == []


@pytest.fixture
async def served(caplog) -> AsyncIterator[Served]:
    async with serving(caplog) as served:
        yield served


async def test_frames_of_every_length_arrive_whole(served: Served):
    client = socketio.AsyncClient(reconnection=False)
    await client.connect(served.url, transports=["websocket"])
    for length in (*range(140), *range(65_490, 65_560), 300_000):
        text = "ü" + "x" * length
        assert await client.call("echo", text, timeout=PATIENCE_S) == text
    await client.disconnect()
    assert await asyncio.wait_for(served.echo.gone.get(), PATIENCE_S)


async def test_events_go_to_one_page_in_order_and_its_answers_come_back(served: Served):
    first, second = socketio.AsyncClient(reconnection=False), socketio.AsyncClient(reconnection=False)
    heard: list[tuple[str, int]] = []
    answers: asyncio.Queue[str] = asyncio.Queue()
    for name, client in (("first", first), ("second", second)):
        client.on("number", lambda number, name=name: heard.append((name, number)))
        client.on("ask", lambda _payload, name=name: f"here is {name}")
        await client.connect(served.url, transports=["websocket"])
    for number in range(50):
        await served.server.emit("number", number, to=first.get_sid())
    await served.server.emit("ask", {}, to=first.get_sid(), callback=answers.put_nowait)
    await served.server.emit("ask", {}, to="nobody", callback=answers.put_nowait)
    assert await asyncio.wait_for(answers.get(), PATIENCE_S) == "here is first"
    assert heard == [("first", number) for number in range(50)]
    for client in (first, second):
        await client.disconnect()


async def test_messages_are_not_deflated(served: Served):
    async with aiohttp.ClientSession() as session, session.ws_connect(served.websocket_url, compress=15) as page:
        assert page.compress == 0


@pytest.mark.parametrize("frame", ["", "x", "9", "²", "b?", "4" + "[" * 100_000, b"\xff"])
async def test_what_is_no_engine_io_disturbs_nobody_else(served: Served, frame: str | bytes):
    async with aiohttp.ClientSession() as session, session.ws_connect(served.websocket_url) as page:
        await (page.send_bytes(frame) if isinstance(frame, bytes) else page.send_str(frame))
    client = socketio.AsyncClient(reconnection=False)
    await client.connect(served.url, transports=["websocket"])
    assert await client.call("echo", 1, timeout=PATIENCE_S) == 1
    await client.disconnect()


async def test_an_error_of_ours_is_logged_and_not_taken_for_a_bad_frame(caplog):
    logged: asyncio.Queue[logging.LogRecord] = asyncio.Queue()
    handler = QueueHandler(logged)
    logging.getLogger("aiohttp.server").addHandler(handler)
    async with (
        serving(caplog) as served,
        aiohttp.ClientSession() as session,
        session.ws_connect(served.websocket_url) as page,
    ):
        for text in ("40", '421["fail",{}]'):
            await page.send_str(text)
        await asyncio.wait_for(_closed(page), PATIENCE_S)
        assert "an error of ours" in (await asyncio.wait_for(logged.get(), PATIENCE_S)).getMessage()
        caplog.clear()
    logging.getLogger("aiohttp.server").removeHandler(handler)


async def test_a_message_that_cannot_be_sent_holds_up_no_other(caplog):
    sent: asyncio.Queue[str] = asyncio.Queue()

    class Sender:
        def send_now(self, sid: str, *_message: Any) -> None:
            if sid == "broken":
                raise ValueError("an error of ours")
            sent.put_nowait(sid)

    outbox = Outbox(Sender())
    for sid in ("first", "broken", "broken", "last"):
        outbox.put(sid, "view", {})
    outbox.put("later", "view", {})
    assert [await asyncio.wait_for(sent.get(), PATIENCE_S) for _ in range(3)] == ["first", "last", "later"]
    assert [record.name for record in caplog.records if record.levelname == "ERROR"] == ["asyncio"] * 2


async def test_a_page_that_answers_no_ping_is_gone(monkeypatch, caplog):
    monkeypatch.setattr(socket_server, "PING_INTERVAL_S", 0.2)
    monkeypatch.setattr(socket_server, "PING_TIMEOUT_S", 0.2)
    async with (
        serving(caplog) as served,
        aiohttp.ClientSession() as session,
        session.ws_connect(served.websocket_url) as page,
    ):
        await page.send_str("40")
        assert await asyncio.wait_for(served.echo.gone.get(), PATIENCE_S) in ("ping timeout", "transport close")
        assert not served.echo.here
        await asyncio.wait_for(_closed(page), PATIENCE_S)


async def test_a_page_that_reads_nothing_is_hung_up_on_before_it_fills_the_memory(served: Served, monkeypatch):
    monkeypatch.setattr(socket_server, "MOST_UNREAD_BYTES", 1_000_000)
    _reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(UPGRADE + b"\x81\x82\0\0\0\0" + b"40")
    while not served.echo.here:  # noqa: ASYNC110 -- no event says so
        await asyncio.sleep(0.01)
    (deaf,) = served.echo.here
    for _ in range(1000):  # what the system's own buffers hold comes on top
        if not served.echo.here:
            break
        await served.server.emit("number", "x" * 60_000, to=deaf)
        await asyncio.sleep(0)
    assert await asyncio.wait_for(served.echo.gone.get(), PATIENCE_S)
    writer.close()


async def test_a_lost_connection_gives_its_memory_back_without_the_collector(served: Served, monkeypatch):
    connections: list[weakref.ref[web.WebSocketResponse]] = []
    make = web.WebSocketResponse

    def noted(**options: Any) -> web.WebSocketResponse:
        connection = make(**options)
        connections.append(weakref.ref(connection))
        return connection

    monkeypatch.setattr(socket_server.web, "WebSocketResponse", noted)
    gc.disable()
    try:
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(UPGRADE)
            await reader.readuntil(b"\r\n\r\n")
            await reader.read(1)
            writer.transport.abort()
        await asyncio.wait_for(_all_gone(connections), PATIENCE_S)
        assert len(connections) == 3
    finally:
        gc.enable()


async def _all_gone(connections: list[weakref.ref[web.WebSocketResponse]]) -> None:
    while any(connection() is not None for connection in connections):  # noqa: ASYNC110 -- no event says so
        await asyncio.sleep(0.02)


async def test_a_page_is_hung_up_on_by_the_websockets_own_goodbye(served: Served):
    """A browser's engine.io knows no other, and who stops would wait for it."""
    async with aiohttp.ClientSession() as session, session.ws_connect(served.websocket_url) as page:
        (eio_socket,) = served.server.eio.sockets.values()
        await eio_socket.send(packet.Packet(packet.MESSAGE, "last words"))
        await eio_socket.close()
        assert [(await page.receive(timeout=PATIENCE_S)).type for _ in range(4)] == [
            *[aiohttp.WSMsgType.TEXT] * 3, aiohttp.WSMsgType.CLOSE,
        ]  # fmt: skip


async def _closed(page: aiohttp.ClientWebSocketResponse) -> None:
    while (await page.receive()).type not in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
        pass
