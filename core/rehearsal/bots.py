"""`main.py bots`: simulated participants who take part in a running session through real sockets.

Owns the fleet: arrivals, the end, what became of each. Must not touch the engine but over the wire. Everybody is marked
as simulated, and so is every answer to a probe that was made up.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

from core.rehearsal.bot import Bot, Fleet
from core.rehearsal.crowd import Crowd, CrowdSettings
from core.server import event_loop

DEFAULT_SETTINGS = CrowdSettings(reading_s=2.0)
REACH_WITHIN_S = 5.0
SAY_GOODBYE_WITHIN_S = 3.0


class BotsError(Exception):
    """The bots cannot take part; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class BotSettings:
    """How many bots, where, and what kind of people they are.

    `real`: measure over WebRTC, with the crowd's `rtt_ms` (None: nothing) and `loss` added to what the network does;
    else probe answers are made up. `arrivals_per_min` None: all at once; else
    `at_once` are there from the beginning.
    """

    number: int
    url: str
    real: bool = False
    arrivals_per_min: float | None = None
    crowd: CrowdSettings = field(default_factory=lambda: DEFAULT_SETTINGS)
    seed: int = 1
    at_once: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the bots: how many by last word, and the distinct sentences of refusals and failures."""

    ends: Counter[str]
    sentences: list[str]

    def as_text(self) -> str:
        """For a terminal."""
        counts = ", ".join(f"{count} {end}" for end, count in self.ends.most_common())
        return "\n".join([f"bots: {counts or 'none came'}", *(f"  {sentence}" for sentence in self.sentences)])


def run(
    settings: BotSettings,
    say: Callable[[str], None] = lambda _sentence: None,
    stop_by: Callable[[Callable[[], None]], None] | None = None,
) -> Outcome:
    """Have them take part until all are through or Ctrl-C; `say` hears how it goes. Raises BotsError.

    `stop_by` is given what else is to let them leave; it may be called from any thread.
    """
    outcomes: list[Outcome] = []

    async def main() -> None:
        stop = asyncio.Event()
        if stop_by is not None:
            loop = asyncio.get_running_loop()
            stop_by(lambda: _in_turn(loop, stop))
        with event_loop.signals(stop.set):
            outcomes.append(await take_part(settings, stop, say))

    event_loop.run(main())
    return outcomes[0]


def _in_turn(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """From another thread; a loop that is over needs no telling."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(stop.set)


async def take_part(
    settings: BotSettings,
    stop: asyncio.Event,
    say: Callable[[str], None] = lambda _sentence: None,
    crowd: Crowd | None = None,
) -> Outcome:
    """As `run`, inside a loop: ends when all are through, or soon after `stop` is set, when everybody leaves.

    `crowd`: who takes part, if they are not to be drawn as the settings say. Raises BotsError.
    """
    if settings.real and importlib.util.find_spec("aiortc") is None:
        raise BotsError(
            "Real WebRTC needs aiortc, which is not installed. Install it (in Greenroom's folder: "
            "pip install -c constraints.txt -e '.[bots]'), or let the answers be made up (--webrtc simulated)."
        )
    address = _address_of(settings.url)
    crowd = crowd or Crowd(settings.crowd, settings.seed)
    # One pool for all, without a limit: each bot holds one connection open.
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
        await _check_reachable(http, address)
        fleet = Fleet(address, http, crowd, real=settings.real)
        bots = await _send_out(fleet, settings, stop, say)
        await _until_through(bots, stop)
        await fleet.close()
    return Outcome(Counter(bot.end for bot in bots), sorted({bot.sentence for bot in bots if bot.sentence}))


def _address_of(url: str) -> str:
    """The server behind a participants' link, without path and query."""
    parts = urlsplit(url if "//" in url else f"http://{url}")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise BotsError(f"{url!r} is no participants' link. Give one such as http://localhost:8765/.")
    return f"{parts.scheme}://{parts.netloc}"


async def _check_reachable(http: aiohttp.ClientSession, address: str) -> None:
    try:
        async with http.get(f"{address}/healthz", timeout=aiohttp.ClientTimeout(REACH_WITHIN_S)) as answer:
            health = await answer.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
        words = (problem.strerror if isinstance(problem, OSError) else str(problem)) or type(problem).__name__
        raise BotsError(f"No engine answers at {address} ({words}). Start one, or give another link.") from problem
    if not isinstance(health, dict) or health.get("program") != "greenroom":
        raise BotsError(f"{address} is not Greenroom. Give the participants' link that the console shows.")


async def _send_out(fleet: Fleet, settings: BotSettings, stop: asyncio.Event, say: Callable[[str], None]) -> list[Bot]:
    """Let them arrive one after the other."""
    bots: list[Bot] = []
    for place in range(settings.number):
        if settings.arrivals_per_min is not None and place >= settings.at_once:
            gap_s = fleet.crowd.arrival_gap_s(settings.arrivals_per_min)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), gap_s)
        if stop.is_set():
            break
        bots.append(fleet.send_out())
    say(f"{len(bots)} bots are on their way to {fleet.address} (--seed {settings.seed}); Ctrl-C lets them leave")
    return bots


async def _until_through(bots: list[Bot], stop: asyncio.Event) -> None:
    """Until every bot is, or it is time to leave."""
    stopping = asyncio.create_task(stop.wait(), name="stop")
    through = {bot.task for bot in bots}
    while through and not stop.is_set():
        done, _ = await asyncio.wait({*through, stopping}, return_when=asyncio.FIRST_COMPLETED)
        through -= done
    stopping.cancel()
    for bot in bots:
        bot.leave()
    if through:
        await asyncio.wait(through, timeout=SAY_GOODBYE_WITHIN_S)
    for task in through:
        task.cancel()
    await asyncio.gather(*(bot.task for bot in bots), return_exceptions=False)
