"""The console's coroutines, each with a name, none of them lost.

Owns the references and what becomes of an error nobody awaits. Must not know what they do.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger(__name__)

Report = Callable[[str, str], None]


class Tasks:
    """`report(sentence, details)` is called for an error that nobody was waiting for; it is logged as well."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, coroutine: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Start it in the running loop."""
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    async def cancel_all(self) -> None:
        """Call off those still running and wait until they are gone."""
        current = asyncio.current_task()
        others = [task for task in self._running if task is not current]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            details = "".join(traceback.format_exception(error))
            log.error("%s failed\n%s", task.get_name(), details)
            self._report(f"Something went wrong that Greenroom did not expect ({task.get_name()}): {error}", details)
