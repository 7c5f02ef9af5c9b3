"""A page's way to the engine in a simulation: straight into it, a round trip later by the virtual clock.

Owns what the participants' sockets own in a real run: who speaks for whom, refusals noted, the server RTT measured.
Must not decide what a page says.
"""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from core import events as ev
from core.clock import Clock
from core.rehearsal.crowd import Crowd, Member
from core.rehearsal.page import MadeUpProbe, Page, Probe, Say, SilentProbe, Ways
from core.server import wire
from core.server.engine import Engine
from core.server.participants import FIRST_PINGS_S, HANDLERS
from core.server.wire import Refused

USER_AGENT = "greenroom simulate"


class Town(Protocol):
    """What all lines of a simulation share; `lines` by subject id are those that are sent something."""

    engine: Engine
    crowd: Crowd
    clock: Clock
    ways: Ways
    lines: dict[str, VirtualLine]


class VirtualLine:
    """One participant's line and page. The round trip to the engine is the member's access latency.

    One server ping is simulated, the first: the way to the server does not change afterwards.
    """

    __slots__ = ("_member", "_token", "_town", "_way_s", "game_data", "page", "subject_id")

    def __init__(self, member: Member, town: Town) -> None:
        self._town, self._member, self._way_s = town, member, member.access_ms / 1000
        self._token = self.subject_id = ""
        self.game_data: Any = None
        self.page = Page(member, town.crowd, town.clock, self, self._make_probe)

    def _make_probe(self, order: dict[str, Any], say: Say) -> Probe:
        member, town = self._member, self._town
        if member.silent:
            return SilentProbe(made_up=True)
        return MadeUpProbe(order, say, member, town.crowd, town.clock, town.ways)

    def join(self) -> None:
        """Open the link."""
        message = wire.Join(user_agent=USER_AGENT, simulated=True, hidden=self._member.hidden)
        self.subject_id, self._token = self._town.engine.journey.join(message)
        self._town.lines[self.subject_id] = self
        self._town.clock.call_later(FIRST_PINGS_S[0] + self._way_s, self._on_pong)
        self.page.joined()

    def say(self, name: str, message: msgspec.Struct) -> None:
        """To the engine, a round trip after what it answers."""
        self._town.clock.call_later(self._way_s, lambda: self._deliver(name, message))

    def break_off(self, away_s: float) -> None:
        """The connection is lost for a while."""
        self._town.lines.pop(self.subject_id, None)
        self.page.lost()
        self._town.engine.journey.disconnected(self.subject_id, "transport close")
        self._town.clock.call_later(away_s, self._come_back)

    def close(self) -> None:
        """The page has nothing more to say."""
        self._town.lines.pop(self.subject_id, None)

    def _come_back(self) -> None:
        self._town.lines[self.subject_id] = self
        self.page.back()
        self._town.engine.journey.join(wire.Join(token=self._token, hidden=self._member.hidden))

    def _deliver(self, name: str, message: msgspec.Struct) -> None:
        """What the engine refuses is noted as the participants' socket notes it."""
        if self.subject_id not in self._town.lines:
            return
        engine = self._town.engine
        try:
            HANDLERS[name](engine, self.subject_id, message)
        except Refused as refusal:
            if not engine.over:
                error = str(refusal)[:300]
                engine.record(ev.ClientMessageRefused(message=name, error=error, subject_id=self.subject_id))

    def _on_pong(self) -> None:
        if self.subject_id in self._town.lines:
            [sample_ms] = self._town.crowd.samples_ms(self._member.access_ms, 1)
            self._town.engine.journey.measured_server_rtt(self.subject_id, sample_ms, sample_ms)
