"""The way out to the sockets: what the engine sends, in the order it sent it.

Owns the queue between the engine, which is plain calls, and Socket.IO, which is coroutines. Must not look inside
messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import socketio


class Outbox:
    """One sender task for all sockets. Sending to one that is gone is no error: its page will be back or not."""

    def __init__(self, server: socketio.AsyncServer) -> None:
        self._server = server
        self._queue: asyncio.Queue[tuple[str, str, Any, str, Callable[..., None] | None]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send; call inside the running loop."""
        self._task = asyncio.create_task(self._run(), name="outbox")
        self._task.add_done_callback(_report)

    def put(
        self, sid: str, name: str, payload: Any, namespace: str = "/", on_ack: Callable[..., None] | None = None
    ) -> None:
        """Send one event to one socket; `on_ack` is called with what its page acknowledges."""
        self._queue.put_nowait((sid, name, payload, namespace, on_ack))

    async def stop(self) -> None:
        """Send what is waiting, then stop."""
        if self._task is None:
            return
        await self._queue.join()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            sid, name, payload, namespace, on_ack = await self._queue.get()
            try:
                await self._server.emit(name, payload, to=sid, namespace=namespace, callback=on_ack)
            finally:
                self._queue.task_done()


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        task.get_loop().call_exception_handler(
            {"message": "the outbox has stopped", "exception": task.exception(), "task": task}
        )
