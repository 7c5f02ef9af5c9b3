"""A participant's page without browser or socket: it answers the engine as a page would, a round trip later.

Owns one made-up participant's behaviour on the virtual clock. Must not look into the engine: like a page, it knows only
what it was sent.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from core import events as ev
from core.clock import Clock, Timer
from core.rehearsal.crowd import Crowd, Member, no_webrtc_result, probe_lasts_s
from core.server import wire
from core.server.engine import Engine
from core.server.participants import FIRST_PINGS_S
from core.server.wire import Refused

USER_AGENT = "greenroom simulate"


class Surroundings(Protocol):
    """What all pages of a simulation share. `way_ms` is the access latencies of both peers of a probe, summed."""

    engine: Engine
    crowd: Crowd
    clock: Clock

    def enter(self, page: SimulatedPage) -> None:
        """The page is to be sent what the engine has for its participant."""

    def leave(self, page: SimulatedPage) -> None:
        """The page is closed."""

    def way_ms(self, probe_session_id: str) -> float:
        """RTT between the two who were told to prepare this probe, ms."""


class SimulatedPage:
    """One page, from joining to its last view. The server RTT is the member's access latency.

    Only the first server pings are answered for the log: the way to the server does not change afterwards.
    """

    __slots__ = (
        "_away", "_member", "_order", "_over", "_patience", "_pings_ms", "_plan", "_town", "subject_id", "token",
    )  # fmt: skip

    def __init__(self, member: Member, town: Surroundings) -> None:
        self._member, self._town = member, town
        self._away = self._over = False
        self._order: dict[str, Any] | None = None
        self._pings_ms: list[float] = []
        self._plan: object = None  # what is being done on the present view, so that seeing it again starts nothing anew
        self._patience: Timer | None = None
        self.subject_id = self.token = ""

    @property
    def access_ms(self) -> float:
        """Their share of every RTT."""
        return self._member.access_ms

    def join(self) -> None:
        """Open the link."""
        message = wire.Join(user_agent=USER_AGENT, simulated=True)
        self.subject_id, self.token = self._town.engine.journey.join(message)
        self._town.enter(self)
        self._ping_later()
        if self._member.drops_after_s is not None:
            self._town.clock.call_later(self._member.drops_after_s, self._drop)
        if self._member.hidden:
            self._say_later(0, "visibility", lambda e: e.journey.set_visibility(self.subject_id, True))

    def take(self, name: str, payload: dict[str, Any]) -> None:
        """What the engine sent."""
        if self._away:
            return
        if name == "view":
            self._view(payload)
        elif name == "probe_prepare":
            self._prepare(payload)
        elif self._order is not None and payload.get("probe_session_id") == self._order["probe_session_id"]:
            self._probe(name, payload)

    # --- views --------------------------------------------------------------------------------------------------------

    def _view(self, view: dict[str, Any]) -> None:
        phase = view["phase"]
        if phase in ("waitroom", "probing"):
            self._wait()
            return
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        if phase in ("done", "ended"):
            self._over = True
            self._town.leave(self)
            return
        plan = (phase, view.get("game_id") or view["scene_id"])
        if plan == self._plan:
            return
        self._plan = plan
        if phase == "page":
            reading_s = self._town.crowd.settings.reading_s * self._member.slowness
            self._act_later(reading_s, plan, partial(self._advance, view["scene_id"]))
        else:
            self._act_later(view["remaining_s"], plan, self._finish_game)

    def _advance(self, scene_id: str) -> None:
        self._say("advance", lambda e: e.journey.advance(self.subject_id, scene_id))

    def _finish_game(self) -> None:
        self._say("game_finished", lambda e: e.play.game_finished(self.subject_id))

    def _wait(self) -> None:
        patience_s = self._member.patience_s
        if self._patience is None and patience_s is not None:
            give_up = partial(self._say, "leave", lambda e: e.journey.leave(self.subject_id))
            self._patience = self._town.clock.call_later(patience_s, give_up)

    # --- probes -------------------------------------------------------------------------------------------------------

    def _prepare(self, order: dict[str, Any]) -> None:
        probe_session_id = order["probe_session_id"]
        self._order = order
        if self._member.webrtc:
            ready = wire.ProbeReady(probe_session_id)
            self._say_of_probe(0, "probe_ready", lambda e: e.play.probe_ready(self.subject_id, ready))
        else:
            self._report(0, no_webrtc_result(probe_session_id, self._member.hidden))

    def _probe(self, name: str, payload: dict[str, Any]) -> None:
        assert self._order is not None
        if name == "probe_close":
            self._order = None
        elif self._member.silent:
            return
        elif name == "probe_start" and self._order["role"] == "offer":
            self._describe("offer")
        elif name == "probe_signal":
            if payload["type"] == "offer":
                self._describe("answer")
            self._measure()

    def _describe(self, kind: str) -> None:
        assert self._order is not None
        signal = wire.ProbeSignal(self._order["probe_session_id"], kind, None)
        self._say_of_probe(0, "probe_signal", lambda e: e.play.probe_signal(self.subject_id, signal))

    def _measure(self) -> None:
        assert self._order is not None
        order, probe_session_id = self._order, self._order["probe_session_id"]
        rtt_ms, pings = self._town.way_ms(probe_session_id), order["pings"]
        result = self._town.crowd.probe_result(probe_session_id, rtt_ms, pings, self._member.hidden)
        self._report(probe_lasts_s(rtt_ms, pings, order["warmup"], order["interval_ms"]), result)

    def _report(self, after_s: float, result: wire.ProbeResult) -> None:
        self._say_of_probe(after_s, "probe_result", lambda e: e.play.probe_result(self.subject_id, result))

    # --- the line -----------------------------------------------------------------------------------------------------

    def _drop(self) -> None:
        """The line breaks, if the page is not closed by then."""
        if self._over:
            return
        self._away, self._order = True, None
        self._town.engine.journey.disconnected(self.subject_id, "transport close")
        self._town.clock.call_later(self._member.away_s, self._come_back)

    def _come_back(self) -> None:
        self._away = False
        self._say("join", lambda e: e.journey.join(wire.Join(token=self.token)))

    def _ping_later(self) -> None:
        delay_s = FIRST_PINGS_S[len(self._pings_ms)] + self._member.access_ms / 1000
        self._town.clock.call_later(delay_s, self._pong)

    def _pong(self) -> None:
        [sample_ms] = self._town.crowd.samples_ms(self._member.access_ms, 1)
        self._pings_ms.append(sample_ms)
        if not self._away:
            rtt_ms = statistics.median(self._pings_ms)
            self._town.engine.journey.measured_server_rtt(self.subject_id, rtt_ms, sample_ms)
        if len(self._pings_ms) < len(FIRST_PINGS_S):
            self._ping_later()

    # --- saying something ---------------------------------------------------------------------------------------------

    def _act_later(self, after_s: float, plan: object, act: Callable[[], None]) -> None:
        def when_due() -> None:
            if self._plan == plan:
                self._plan = None if self._away else plan  # away: the view comes again, and this with it
                act()

        self._town.clock.call_later(after_s + self._member.access_ms / 1000, when_due)

    def _say_of_probe(self, after_s: float, name: str, message: Callable[[Engine], object]) -> None:
        """Unless the probe is over by then."""
        order = self._order

        def when_due() -> None:
            if self._order is order:
                self._say(name, message)

        self._town.clock.call_later(after_s + self._member.access_ms / 1000, when_due)

    def _say_later(self, after_s: float, name: str, message: Callable[[Engine], object]) -> None:
        self._town.clock.call_later(after_s + self._member.access_ms / 1000, lambda: self._say(name, message))

    def _say(self, name: str, message: Callable[[Engine], object]) -> None:
        """To the engine, which notes what it refuses as the participants' socket does."""
        if self._away:
            return
        engine = self._town.engine
        try:
            message(engine)
        except Refused as refusal:
            if not engine.over:
                error = str(refusal)[:300]
                engine.record(ev.ClientMessageRefused(message=name, error=error, subject_id=self.subject_id))
