"""One side of a real probe without a browser: pings over a WebRTC data channel by aiortc, as the participant page does.

Owns the peer connection and its figures; `resources/participant/probe.js` is the same in a browser, and the two can be
paired. Must not judge figures or report anybody's address. Needs the extra `bots`.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Coroutine
from typing import Any, cast

from aiortc import (
    InvalidStateError,
    RTCConfiguration,
    RTCIceServer,
    RTCIceTransportPolicy,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.sdp import candidate_from_sdp

from core.matching.evidence import PATHS
from core.rehearsal.crowd import Crowd, Member
from core.rehearsal.page import Say
from core.server import wire

PING, PONG = "p", "q"
GRACE_MS = (300.0, 2000.0)
KNOCK_S = 4.0  # how long pings go out to a peer that was not heard yet

Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]


class WebRtcProbe:
    """Measures from one side. `spawn(coroutine, name)` runs what takes time beside.

    The member's access latency delays, and the crowd's loss swallows, what this side sends: an RTT between two such
    sides is the network's plus both latencies.
    """

    made_up = False

    def __init__(self, order: dict[str, Any], say: Say, member: Member, crowd: Crowd, spawn: Spawn) -> None:
        self._probe_session_id: str = order["probe_session_id"]
        self._offers = order["role"] == "offer"
        self._pings, self._warmup, self._interval_ms = order["pings"], order["warmup"], order["interval_ms"]
        self._say, self._member, self._crowd, self._spawn = say, member, crowd, spawn
        self._made_s = time.perf_counter()
        self._samples_ms: list[float] = []
        self._under_way: dict[int, float] = {}  # ping number → when it was sent
        self._next = 0
        self._newest_answered = -1
        self._peer_heard = False
        self._knocked_s = 0.0
        self._progress_from: int | None = order.get("progress_from")
        self._last_sent_s: float | None = None
        self._opened_ms: float | None = None
        self._finished = self._closed = False
        self._timer: asyncio.TimerHandle | None = None
        self._early_candidates: list[Any] = []
        self._inbox: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self._peer = RTCPeerConnection(_configuration(order))
        self._channel = self._peer.createDataChannel("probe", negotiated=True, id=0, ordered=False, maxRetransmits=0)
        self._channel.on("open", self._on_open)
        self._channel.on("message", self._on_message)
        self._channel.on("close", lambda: self._finish("channel_closed"))
        self._peer.on("connectionstatechange", self._on_state)
        self._peer.on("iceconnectionstatechange", self._tell_progress)
        self._reading = spawn(self._read_inbox(), "bot's signals")

    # --- as a Probe ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Both sides are ready: the offerer makes its offer."""
        if self._offers:
            self._inbox.put_nowait(("start", None))

    def receive(self, kind: str, payload: Any) -> None:
        """A signal of the other side, applied strictly in the order they came."""
        self._inbox.put_nowait((kind, payload))

    def close(self) -> None:
        """Close the peer connection."""
        if self._closed:
            return
        self._closed = self._finished = True
        self._stop_timer()
        self._reading.cancel()
        self._spawn(self._peer.close(), "bot's peer connection closing")

    # --- signals ------------------------------------------------------------------------------------------------------

    async def _read_inbox(self) -> None:
        while True:
            kind, payload = await self._inbox.get()
            try:
                await self._apply(kind, payload)
            except (ValueError, TypeError, KeyError, AttributeError, InvalidStateError) as problem:
                # Another page may send anything; aiortc has no error of its own for a description it cannot read.
                self._finish(f"signalling_failed:{type(problem).__name__}")

    async def _apply(self, kind: str, payload: Any) -> None:
        if kind == "start":
            await self._describe(await self._peer.createOffer())
        elif kind == "candidate":
            await self._add_candidate(payload)
        else:
            await self._peer.setRemoteDescription(RTCSessionDescription(sdp=payload["sdp"], type=payload["type"]))
            if kind == "offer":
                await self._describe(await self._peer.createAnswer())
            early, self._early_candidates = self._early_candidates, []
            for candidate in early:
                await self._add_candidate(candidate)

    async def _describe(self, description: RTCSessionDescription) -> None:
        """Candidates stand in the description, and none follow: aiortc gathers before it describes."""
        await self._peer.setLocalDescription(description)
        local = self._peer.localDescription
        payload = {"type": local.type, "sdp": local.sdp}
        self._say("probe_signal", wire.ProbeSignal(self._probe_session_id, local.type, payload))

    async def _add_candidate(self, payload: dict[str, Any]) -> None:
        if self._peer.remoteDescription is None:
            self._early_candidates.append(payload)
            return
        text = payload["candidate"]
        if not text:
            return
        candidate = candidate_from_sdp(text.removeprefix("candidate:"))
        candidate.sdpMid, candidate.sdpMLineIndex = payload.get("sdpMid"), payload.get("sdpMLineIndex")
        await self._peer.addIceCandidate(candidate)

    def _on_state(self) -> None:
        if self._peer.connectionState == "failed":
            self._finish("ice_failed")

    # --- pings --------------------------------------------------------------------------------------------------------

    def _on_open(self) -> None:
        self._opened_ms = self._elapsed_ms()
        self._knocked_s = time.perf_counter()
        self._tell_progress()
        self._tick()

    def _on_message(self, message: Any) -> None:
        now_s = time.perf_counter()
        if not isinstance(message, str):
            return
        if not self._peer_heard:
            # What was sent before its channel opened is answered late, and tells nothing of the network: see probe.js.
            self._peer_heard = True
            self._warmup = max(self._warmup, self._next)
            self._under_way.clear()
        if message.startswith(PING):  # the peer measures us: answer before anything else, until the engine closes
            self._send(PONG + message[1:])
        elif message[1:].isdecimal():
            self._answered(int(message[1:]), now_s)
        if self._last_sent_s is not None:
            self._send_if_due(now_s)

    def _answered(self, number: int, now_s: float) -> None:
        sent_s = self._under_way.pop(number, None)
        if sent_s is None:
            return
        self._newest_answered = max(self._newest_answered, number)
        if number < self._warmup:
            return
        self._samples_ms.append(round((now_s - sent_s) * 1000, 3))
        if self._progress_from is not None and self._progress_from <= len(self._samples_ms) < self._pings:
            self._tell_progress()

    def _tell_progress(self) -> None:
        """What is known so far, for an engine that may end the probe before there is a result."""
        if self._finished:
            return
        progress = wire.ProbeProgress(
            probe_session_id=self._probe_session_id,
            samples_ms=list(self._samples_ms),
            sent=max(0, self._newest_answered + 1 - self._warmup),  # later ones are under way
            path=_path(self._peer),
            hidden=self._member.hidden,
            marks=wire.ProbeMarks(open_ms=self._opened_ms),
            ice_state=cast("wire.IceState", self._peer.iceConnectionState),
        )
        self._say("probe_progress", progress)

    def _tick(self) -> None:
        if self._finished:
            return
        if self._last_sent_s is None:
            self._ping(time.perf_counter())
        else:
            self._send_if_due(time.perf_counter())
        if not self._finished:
            self._timer = asyncio.get_running_loop().call_later(self._interval_ms / 1000, self._tick)

    def _send_if_due(self, now_s: float) -> None:
        """The next ping if its time has come; the end if all are answered or the last one has had its time."""
        if self._finished or self._last_sent_s is None:
            return
        since_last_ms = (now_s - self._last_sent_s) * 1000
        knocking = not self._peer_heard and now_s - self._knocked_s < KNOCK_S
        if knocking or self._next < self._warmup + self._pings:
            if since_last_ms >= self._interval_ms - 0.5:  # timers may fire a shade early
                self._ping(now_s)
        elif not self._under_way or since_last_ms > self._grace_ms():
            self._finish(None)

    def _grace_ms(self) -> float:
        slowest_ms = max(self._samples_ms, default=GRACE_MS[1] / 3)
        return min(GRACE_MS[1], max(GRACE_MS[0], 3 * slowest_ms))

    def _ping(self, now_s: float) -> None:
        if self._channel.readyState != "open":
            return
        self._last_sent_s = now_s
        self._under_way[self._next] = time.perf_counter()
        self._send(f"{PING}{self._next}")
        self._next += 1

    def _send(self, text: str) -> None:
        if self._crowd.lost():
            return
        if self._member.access_ms:
            asyncio.get_running_loop().call_later(self._member.access_ms / 1000, self._send_at_once, text)
        else:
            self._send_at_once(text)

    def _send_at_once(self, text: str) -> None:
        if self._channel.readyState == "open":
            self._channel.send(text)

    # --- the end ------------------------------------------------------------------------------------------------------

    def _finish(self, error: str | None) -> None:
        """Report once. The channel stays open for the peer's pings until the engine says probe_close."""
        if self._finished:
            return
        self._finished = True
        self._stop_timer()
        if error is None and not self._samples_ms:
            error = "no_answers"
        result = wire.ProbeResult(
            probe_session_id=self._probe_session_id,
            success=error is None,
            rtt_ms=statistics.median(self._samples_ms) if self._samples_ms else None,
            samples_ms=self._samples_ms,
            sent=max(0, self._next - self._warmup),
            path=_path(self._peer),
            hidden=self._member.hidden,
            error=error,
            marks=wire.ProbeMarks(open_ms=self._opened_ms),
            ice_state=cast("wire.IceState", self._peer.iceConnectionState),
        )
        self._say("probe_result", result)

    def _elapsed_ms(self) -> float:
        return round((time.perf_counter() - self._made_s) * 1000, 3)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


def _configuration(order: dict[str, Any]) -> RTCConfiguration:
    """Always with a list of servers: without one, aiortc would ask a public STUN server."""
    servers = [
        RTCIceServer(
            urls=server["urls"], username=server.get("username") or None, credential=server.get("credential") or None
        )
        for server in order.get("ice_servers") or []
    ]
    relay_only = order.get("ice_transport_policy") == "relay"
    policy = RTCIceTransportPolicy.RELAY if relay_only else RTCIceTransportPolicy.ALL
    return RTCConfiguration(iceServers=servers, iceTransportPolicy=policy)


def _path(peer: RTCPeerConnection) -> str | None:
    """host, prflx, srflx or relay: the farther end of the pair in use; None if there is none.

    aiortc reports no candidate pairs in its statistics; its ICE connection knows them (aioice, pinned by the extra).
    """
    if peer.sctp is None:
        return None
    nominated = peer.sctp.transport.transport._connection._nominated
    pair = nominated.get(1)
    if pair is None:
        return None
    ends = [pair.local_candidate.type, pair.remote_candidate.type]
    return max(ends, key=PATHS.index) if set(ends) <= set(PATHS) else None
