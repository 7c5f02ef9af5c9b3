"""Stand-ins: processes of `main.py participants` and `main.py bots` that belong to this console.

Owns starting and ending them. Each holds the reading end of a pipe from here and leaves once it is closed, so that they
end with the console however that ends, on every system. Must not import QtWebEngine or the bots: they live in those
processes only.
"""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any

from app import exits
from app.engine_process import MAIN
from app.running_engine import how_it_ended
from widgets.stand_ins import Bots, Pages, StandIn

END_WITHIN_S = 8.0
LAST_WORDS_BYTES = 2_000


@dataclass
class _Running:
    key: int
    wish: Pages | Bots
    process: subprocess.Popen[bytes]
    words: IO[bytes]
    stopping: bool = False

    def stop(self) -> None:
        """Ask them to leave."""
        self.stopping = True
        if self.process.stdin is not None:
            self.process.stdin.close()

    def last_line(self) -> str:
        """The last thing they said."""
        size = self.words.seek(0, 2)
        self.words.seek(max(0, size - LAST_WORDS_BYTES))
        lines = self.words.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1].removeprefix(exits.PREFIX) if lines else ""


class StandIns:
    """`tell(sentence)` is called for some that ended badly, `changed(list)` with all there are whenever that moves."""

    def __init__(self, tell: Callable[[str], None], changed: Callable[[Sequence[StandIn]], None]) -> None:
        self._tell, self._changed = tell, changed
        self._keys = itertools.count(1)
        self._running: list[_Running] = []

    def send(self, wish: Pages | Bots, url: str) -> None:
        """Have them join at `url`. Raises OSError if the process cannot be started."""
        words = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the process
        process = subprocess.Popen(
            command_for(wish, url), stdin=subprocess.PIPE, stdout=words, stderr=subprocess.STDOUT, **_own_group()
        )
        self._running.append(_Running(next(self._keys), wish, process, words))
        self._say_changed()

    def stop(self, key: int | None) -> None:
        """Ask these to leave; None: all of them."""
        for each in self._running:
            if key in (None, each.key):
                each.stop()
        self._say_changed()

    def check(self) -> None:
        """Called often: forget those that ended, and tell of those that ended badly."""
        ended = [each for each in self._running if each.process.poll() is not None]
        for each in ended:
            self._running.remove(each)
            if each.process.returncode != 0 and not each.stopping:
                self._tell(_complaint(each))
            _put_away(each)
        if ended:
            self._say_changed()

    async def close_all(self) -> None:
        """End them in order; those that will not are killed."""
        entries, self._running = self._running, []
        for each in entries:
            each.stop()
        for each in entries:
            try:
                await asyncio.to_thread(each.process.wait, END_WITHIN_S)
            except subprocess.TimeoutExpired:
                each.process.kill()
                await asyncio.to_thread(each.process.wait)
            _put_away(each)

    def _say_changed(self) -> None:
        self._changed([StandIn(each.key, each.wish, each.stopping) for each in self._running])


def command_for(wish: Pages | Bots, url: str) -> list[str]:
    """The command line of the process that does it."""
    start = [sys.executable, str(MAIN)]
    if isinstance(wish, Pages):
        autoplay = ["--autoplay"] if wish.by_themselves else []
        return [*start, "participants", str(wish.number), "--url", url, "--until-eof", *autoplay]
    options: dict[str, object] = {
        "--webrtc": "real" if wish.real else "simulated",
        "--rtt-ms": f"{wish.low_ms}:{wish.high_ms}",
        "--loss": wish.loss,
        "--no-webrtc-rate": wish.no_webrtc,
        "--drop-rate": wish.drops,
        "--hidden-rate": wish.hidden,
        "--silent-rate": wish.silent,
        "--arrivals-per-min": wish.arrivals_per_min,
        "--at-once": wish.at_once or None,
        "--seed": wish.seed,
    }
    given = [str(part) for name, value in options.items() if value is not None for part in (name, value)]
    return [*start, "bots", str(wish.number), "--url", url, "--until-eof", *given]


def _complaint(each: _Running) -> str:
    who = "windows" if isinstance(each.wish, Pages) else "bots"
    return f"The test participants' {who} ended ({how_it_ended(each.process.returncode)}). {each.last_line()}".strip()


def _put_away(each: _Running) -> None:
    each.words.close()
    if each.process.stdin is not None:
        each.process.stdin.close()


def _own_group() -> dict[str, Any]:
    """A Ctrl-C in the console's terminal is the console's to answer."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
