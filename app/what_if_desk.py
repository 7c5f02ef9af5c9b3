"""The what-if page's other side: a process that re-enacts, and tells the page what it says, line by line.

Owns that process. It is one of its own, because a re-enactment keeps a processor busy and no window should wait for it;
it ends when it is done, when it is not wanted any more, and with this console however that ends. Must not re-enact.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import IO, Any

import msgspec

from app import exits
from app.engine_process import MAIN
from app.run_view import RunView
from app.running_engine import how_it_ended
from app.tasks import Tasks
from core.analysis.what_if import answer as wi
from widgets.what_if_page import WhatIfPage

LAST_WORDS_BYTES = 2_000
_NEWS: msgspec.json.Decoder[wi.News] = msgspec.json.Decoder(wi.News)


class WhatIfDesk:
    """Connects the page; `open_run()` is the run that the session page shows."""

    def __init__(self, page: WhatIfPage, tasks: Tasks, open_run: Callable[[], RunView | None]) -> None:
        self._page, self._open_run = page, open_run
        self._process: subprocess.Popen[bytes] | None = None
        page.ask_wanted.connect(lambda question: tasks.spawn(self.ask(question), "asking what if"))
        page.cancel_wanted.connect(self.cancel)

    def page_seen(self, name: str) -> None:
        """The page can ask about whichever run is open by now."""
        if name == "what_if":
            view = self._open_run()
            self._page.offer("" if view is None else str(view.run.path))

    def cancel(self) -> None:
        """Nobody waits for the answer any more; what has come stays."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            self._page.show_done()

    async def ask(self, question: wi.Question) -> None:
        """Have it answered; a question before it is given up."""
        self.cancel()
        self._page.show_asked(question)
        with tempfile.TemporaryFile() as words:
            try:
                process = self._process = _start(question, words)
            except OSError as error:
                self._page.show_done()
                self._page.show_problem(f"The re-enactment could not be started: {error.strerror or error}.")
                return
            try:
                await self._listen(process)
                code = await asyncio.to_thread(process.wait)
            finally:
                _end(process)
            if process is not self._process:
                return
            self._process = None
            self._page.show_done()
            if code != 0:
                self._page.show_problem(f"The re-enactment ended ({how_it_ended(code)}). {_last_line(words)}".strip())

    async def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        while line := await asyncio.to_thread(process.stdout.readline):
            if process is self._process:
                self._page.show_news(_NEWS.decode(line))


def command_for(question: wi.Question) -> list[str]:
    """The command line of the process that answers it."""
    limits = ",".join("none" if limit is None else str(limit) for limit in question.limits)
    options: dict[str, object] = {
        "--thresholds": limits,
        "--matchmaker": question.matchmaker or None,
        "--max-server-rtt": question.max_server_rtt_ms,
        "--seeds": question.seeds,
    }
    given = [str(part) for name, value in options.items() if value is not None for part in (name, value)]
    return [sys.executable, str(MAIN), "what-if", "--stream", *given, "--", *question.paths]


def _start(question: wi.Question, words: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command_for(question), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words, **_out_of_the_way()
    )


def _out_of_the_way() -> dict[str, Any]:
    """After the engine and the window, and not reached by a Ctrl-C in the console's terminal."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
    return {"start_new_session": True}


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _last_line(words: IO[bytes]) -> str:
    size = words.seek(0, 2)
    words.seek(max(0, size - LAST_WORDS_BYTES))
    lines = words.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix(exits.PREFIX) if lines else ""
