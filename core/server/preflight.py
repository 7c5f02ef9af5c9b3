"""What to look at before the doors open, each with a verdict in one plain sentence and what to do.

Owns the list of checks, how they run side by side, and the verdict on them all. Must not change anything that lasts:
what a check makes, it takes away. What each looks at is in preflight_machine.py and preflight_network.py.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from core.experiment.checks import ice_urls
from core.server import preflight_machine as machine
from core.server import preflight_network as network
from core.server.preflight_shapes import LEVELS, Finding, Level, Situation

WITHIN_S: Final = 8.0


@dataclass(frozen=True)
class Check:
    """One thing to look at: `name` for programs, `title` for people; `look()` blocks for some seconds at most."""

    name: str
    title: str
    look: Callable[[], Finding]


def checks_for(situation: Situation) -> list[Check]:
    """Everything to look at, in the order in which it is told."""
    experiment = situation.loaded.experiment
    checks = [
        Check("files", "Pages and matchmaker", partial(machine.files, situation.loaded)),
        Check("port", "Port", partial(network.port, situation)),
        Check("address", "Participants' link", partial(network.address, situation)),
        Check("network", "Network", partial(network.interfaces, experiment.matching.max_p2p_rtt_ms)),
        Check("route", "Ways between browsers", network.route),
    ]
    relay_only = experiment.ice_transport_policy == "relay"
    for server in experiment.ice_servers:
        for url in ice_urls(server):
            title = "TURN server" if url.startswith("turn") else "STUN server"
            checks.append(Check(f"ice {url}", title, partial(network.ice_server, server, url, relay_only=relay_only)))
    return [
        *checks,
        Check("logs", "Logs folder", partial(machine.logs_folder, situation.logs_dir)),
        Check("disk", "Disk", partial(machine.disk, situation.logs_dir, experiment.alerts.disk_free_mb)),
        Check("links", "Link to the newest run", partial(machine.links, situation.logs_dir)),
        Check("clock", "Clock", partial(machine.clock, situation.logs_dir)),
    ]


def look_at(
    checks: Sequence[Check], cancelled: threading.Event, within_s: float = WITHIN_S
) -> Iterator[tuple[Check, Finding]]:
    """Run all checks side by side and hand out what each came to, as it comes; blocks between them.

    A check that takes longer than `within_s` is told as one to beware of. Ends early once `cancelled` is set. Threads
    that still wait for an answer then end by themselves, and hold up nothing.
    """
    answers: queue.SimpleQueue[tuple[int, Finding]] = queue.SimpleQueue()
    missing = dict(enumerate(checks))
    for number, check in missing.items():
        arguments = (number, check, answers)
        threading.Thread(target=_look, args=arguments, name=f"check {check.name}", daemon=True).start()
    until_s = time.monotonic() + within_s
    while missing and not cancelled.is_set():
        try:
            number, finding = answers.get(timeout=0.05)
        except queue.Empty:
            if time.monotonic() < until_s:
                continue
            for check in missing.values():
                sentence = f"This was not known after {within_s:g} s."
                yield check, Finding("beware", sentence, "Check again; if it stays like this, look at the network.")
            return
        yield missing.pop(number), finding


def _look(number: int, check: Check, answers: queue.SimpleQueue[tuple[int, Finding]]) -> None:
    try:
        finding = check.look()
    except OSError as error:
        finding = Finding("beware", f"This could not be looked at: {error.strerror or error}.", "Check again.")
    answers.put((number, finding))


def worst(findings: Sequence[Finding]) -> Level:
    """The level that counts for all of them."""
    return max((finding.level for finding in findings), key=LEVELS.index, default="fine")


def verdict(findings: Sequence[Finding]) -> str:
    """All of them in one sentence."""
    stops, bewares = (sum(finding.level == level for finding in findings) for level in ("stop", "beware"))
    also = f" {bewares} more to beware of." if bewares else ""
    if stops:
        return f"Do not open the doors yet: {_things(stops)} in the way.{also}"
    if bewares:
        return f"The doors can open, with {bewares} thing{'s' if bewares > 1 else ''} to beware of."
    return "All is fine: the doors can open."


def _things(number: int) -> str:
    return "one thing is" if number == 1 else f"{number} things are"
