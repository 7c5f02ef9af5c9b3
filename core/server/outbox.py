"""The way out to the sockets: what the engine sends, in the order it sent it.

Owns that nothing is sent in the middle of what the engine does: a message's acknowledgement goes first, what follows
from it goes in the next turn of the loop. Must not look inside messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

OnAck = Callable[..., None] | None


class Sender(Protocol):
    """The server whose sockets these are."""

    def send_now(self, sid: str, name: str, payload: Any, namespace: str, on_ack: OnAck) -> None:
        """Send one event to one socket; nothing if it is gone."""


class Outbox:
    """One for all sockets. Sending to one that is gone is no error: its page will be back or not."""

    def __init__(self, server: Sender) -> None:
        self._send = server.send_now
        self._waiting: list[tuple[str, str, Any, str, OnAck]] = []

    def put(self, sid: str, name: str, payload: Any, namespace: str = "/", on_ack: OnAck = None) -> None:
        """Send one event to one socket; `on_ack` is called with what its page acknowledges."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self.send_waiting)
        self._waiting.append((sid, name, payload, namespace, on_ack))

    def send_waiting(self) -> None:
        """Send what is waiting. Where one cannot be sent, an error of ours, those behind it go all the same."""
        waiting, self._waiting = self._waiting, []
        sent = 0
        try:
            for message in waiting:
                sent += 1
                self._send(*message)
        finally:
            if sent < len(waiting):
                asyncio.get_running_loop().call_soon(self.send_waiting)
                self._waiting[:0] = waiting[sent:]
