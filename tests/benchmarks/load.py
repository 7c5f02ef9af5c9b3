"""Participants by the thousand, in a process of their own: what a page says on the wire, and nothing else.

Owns the few frames of WebSocket, Engine.IO and Socket.IO that a page needs, spoken directly, because a client library
would be busier than the server it measures. Must not judge: `crowd.ask(…)` returns seconds and counts.

Asked over stdin by `tests.json_process.JsonProcess`: `play`, `wait`, `play_through`, `go_on`, `ask_each`,
`leave`.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

import orjson

from core.server import event_loop

SAMPLES_MS = [20.0 + number / 8 for number in range(15)]
WITHIN_S = 30.0
STILL_FOR_S = 8.0  # longer than a group's probes take
UPGRADE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
)
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class WebSocket(asyncio.Protocol):
    """A client's end of one WebSocket: whole text frames in and out."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._buffer = b""
        self._upgraded = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(UPGRADE.format(host=self._host, key=key).encode())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.partition(b"\r\n")[0]:
                raise ConnectionError(head.decode(errors="replace"))
            self._upgraded, self._buffer = True, rest
        while (frame := self._next_frame()) is not None:
            kind, payload = frame
            if kind == TEXT:
                self.text_received(payload)
            elif kind == PING:
                self._send_frame(PONG, payload)
            elif kind == CLOSE:
                self.close()

    def _next_frame(self) -> tuple[int, bytes] | None:
        """A server's frames are unmasked and here never in fragments."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        length, start = buffer[1], 2
        if length == 126:
            length, start = int.from_bytes(buffer[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < start or len(buffer) < start + length:
            return None
        self._buffer = buffer[start + length :]
        return buffer[0] & 15, buffer[start : start + length]

    def send_text(self, text: bytes) -> None:
        """One text frame."""
        self._send_frame(TEXT, text)

    def _send_frame(self, kind: int, payload: bytes) -> None:
        assert self._transport is not None
        length = len(payload)
        short = bytes((128 | length,)) if length < 126 else b"\xfe" + length.to_bytes(2, "big")
        self._transport.write(bytes((128 | kind,)) + short + b"\0\0\0\0" + payload)  # masked with zeros: as it is

    def text_received(self, text: bytes) -> None:
        """For whoever speaks over this."""

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


class Page(WebSocket):
    """One participant's page. Times are `time.perf_counter()`; None: not yet.

    `plays_through`: it ends every game as soon as it has begun.
    """

    def __init__(self, host: str, plays_through: bool = False) -> None:
        super().__init__(host)
        self._plays_through = plays_through
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.seated: asyncio.Future[None] = loop.create_future()
        self.matched: asyncio.Future[None] = loop.create_future()
        self.joined_s = self.seated_s = self.matched_s = self.acked_s = 0.0
        self.game_id = self.subject_id = self.phase = self.scene_id = ""
        self.received_bytes = 0
        self.refusals: list[str] = []
        self._acks: dict[int, Callable[[Any], None]] = {}
        self._last_id = 0

    def text_received(self, text: bytes) -> None:
        self.received_bytes += len(text)
        if text == b"2":
            self.send_text(b"3")
        elif text.startswith(b"42"):
            self._on_event(text)
        elif text.startswith(b"43"):
            start = text.index(b"[")
            self._acks.pop(int(text[2:start]))(orjson.loads(text[start:])[0])
        elif text.startswith(b"0"):
            self.send_text(b"40")
        elif text.startswith(b"40") and not self.opened.done():
            self.opened.set_result(None)

    def _on_event(self, text: bytes) -> None:
        start = text.index(b"[")
        name, *payload = orjson.loads(text[start:])
        if start > 2:
            self.send_text(b"43" + text[2:start] + b"[]")
        if name == "probe_prepare":
            self.say("probe_ready", {"probe_session_id": payload[0]["probe_session_id"]})
        elif name == "probe_start":
            probe = {"probe_session_id": payload[0]["probe_session_id"]}
            answer = {"success": True, "rtt_ms": 20.9, "samples_ms": SAMPLES_MS, "sent": 15, "path": "host"}
            self.say("probe_result", {**probe, **answer, "simulated": True})
        elif name == "view":
            self._on_view(payload[0])

    def _on_view(self, view: dict[str, Any]) -> None:
        self.subject_id, self.phase, self.scene_id = view["subject_id"], view["phase"], view["scene_id"]
        if view["phase"] == "waitroom" and not self.seated.done():
            self.seated_s = time.perf_counter()
            self.seated.set_result(None)
        elif view["phase"] == "game" and view["game_id"] != self.game_id:
            self.game_id = view["game_id"]
            if not self.matched.done():
                self.matched_s = time.perf_counter()
                self.matched.set_result(None)
            if self._plays_through:
                self.say("game_finished", {})

    def say(self, name: str, payload: dict[str, Any], on_ack: Callable[[Any], None] | None = None) -> None:
        """Send one message that is to be acknowledged; a refusal is kept."""
        self._last_id += 1
        self._acks[self._last_id] = on_ack or self._check
        self.send_text(b"42%d" % self._last_id + orjson.dumps([name, payload]))

    def _check(self, answer: dict[str, Any]) -> None:
        if not answer["ok"]:
            self.refusals.append(answer["error"])

    def join(self) -> None:
        """Take part."""

        def on_ack(answer: dict[str, Any]) -> None:
            self.acked_s = time.perf_counter()
            self._check(answer)

        self.joined_s = time.perf_counter()
        self.say("join", {"simulated": True}, on_ack)

    async def ask(self) -> float:
        """Say something that changes nothing; seconds until it is acknowledged."""
        answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        asked_s = time.perf_counter()
        self.say("visibility", {"hidden": False}, answered.set_result)
        self._check(await answered)
        return time.perf_counter() - asked_s


class Crowd:
    """Everybody who is here."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._pages: list[Page] = []

    async def _open(self, plays_through: bool = False) -> Page:
        loop = asyncio.get_running_loop()
        host = f"{self._host}:{self._port}"
        _, page = await loop.create_connection(lambda: Page(host, plays_through), self._host, self._port)
        await asyncio.wait_for(page.opened, WITHIN_S)
        self._pages.append(page)
        return page

    async def _open_and_join(self, plays_through: bool) -> Page:
        page = await self._open(plays_through)
        page.join()
        return page

    async def _arrive(self, people: int, per_s: float, plays_through: bool = False) -> list[Page]:
        """Everybody comes and joins at once, one after the other at this pace."""
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        coming = []
        for number in range(people):
            await asyncio.sleep(start_s + number / per_s - loop.time())
            coming.append(asyncio.create_task(self._open_and_join(plays_through)))
        return list(await asyncio.gather(*coming))

    async def play(self, people: int, per_s: float | None, within_s: float) -> dict[str, Any]:
        """People join, `per_s` or (None) all in the same moment, and are matched: seconds from the later join of each
        pair to the later of the two game views, seconds over all, and who was not matched within `within_s`.
        """
        if per_s is None:
            pages = [await self._open() for _ in range(people)]
            for page in pages:
                page.join()
        else:
            pages = await self._arrive(people, per_s)
        await asyncio.wait([page.matched for page in pages], timeout=within_s)
        pairs: dict[str, list[Page]] = {}
        for page in pages:
            if page.game_id:
                pairs.setdefault(page.game_id, []).append(page)
        whole = [pair for pair in pairs.values() if len(pair) == 2]
        return {
            "matched_s": [max(p.matched_s for p in pair) - max(p.joined_s for p in pair) for pair in whole],
            "over_all_s": max((p.matched_s for p in pages), default=0.0) - min(p.joined_s for p in pages),
            "lost": people - 2 * len(whole),
            "received_bytes": sum(page.received_bytes for page in pages),
            "refusals": [refusal for page in pages for refusal in page.refusals],
        }

    async def wait(self, people: int, per_s: float) -> dict[str, Any]:
        """People come to stay in the waitroom; how long the slowest join took to be acknowledged and shown, s."""
        pages = await self._arrive(people, per_s)
        await asyncio.wait_for(asyncio.gather(*(page.seated for page in pages)), WITHIN_S)
        return {
            "answered_s": [page.acked_s - page.joined_s for page in pages],
            "seated_s": [page.seated_s - page.joined_s for page in pages],
            "subjects": [page.subject_id for page in pages],
            "refusals": [refusal for page in pages for refusal in page.refusals],
        }

    async def play_through(self, people: int, per_s: float) -> dict[str, Any]:
        """People come and hurry through every game; all are back in a page, or wait for too few others, when nothing
        has moved for a while: how many are where.
        """
        pages = await self._arrive(people, per_s, plays_through=True)
        before: list[str] = []
        while (now := [page.phase + page.scene_id for page in pages]) != before:
            before = now
            await asyncio.sleep(STILL_FOR_S)
        return {"phases": self._phases(), "refusals": [refusal for page in pages for refusal in page.refusals]}

    async def go_on(self, within_s: float) -> dict[str, Any]:
        """Whoever is on a page presses its button: how many are where once they all wait."""
        going = [page for page in self._pages if page.phase == "page"]
        for page in going:
            page.seated = asyncio.get_running_loop().create_future()
            page.say("advance", {"scene_id": page.scene_id})
        await asyncio.wait_for(asyncio.gather(*(page.seated for page in going)), within_s)
        return {"phases": self._phases()}

    def _phases(self) -> dict[str, int]:
        return dict(Counter(page.phase for page in self._pages))

    async def ask_each(self, over_s: float) -> dict[str, Any]:
        """Everybody who is here says something, spread over this time; how long each answer took, s."""
        asking = []
        for page in self._pages:
            asking.append(asyncio.create_task(page.ask()))
            await asyncio.sleep(over_s / len(self._pages))
        return {"answered_s": await asyncio.gather(*asking)}

    async def leave(self) -> dict[str, Any]:
        """Everybody takes their leave and hangs up."""
        pages, self._pages = self._pages, []
        for page in pages:
            page.say("leave", {}, lambda _answer, page=page: page.close())
            await asyncio.sleep(0.0005)
        return {}


async def main() -> None:
    """Answer one line after the other until stdin ends."""
    crowd = Crowd(sys.argv[1])
    event_loop.tune_collector()
    while line := await asyncio.to_thread(sys.stdin.readline):
        request = json.loads(line)
        number, what = request.pop("id"), request.pop("ask")
        answer = await getattr(crowd, what)(**request)
        sys.stdout.write(json.dumps({"id": number, "answer": answer}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    event_loop.run(main())
