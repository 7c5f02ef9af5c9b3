"""A participant's page without a browser: what the engine sends is answered as a page would answer it.

Owns one made-up participant's behaviour, the same in a simulation and over a real socket. Must not know how messages
travel (a Line does) or look into the engine: like a page, it knows only what it was sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from core.clock import Clock, Timer
from core.rehearsal.crowd import Crowd, Member, no_webrtc_result, probe_lasts_s
from core.server import wire

Say = Callable[[str, msgspec.Struct], None]


class Line(Protocol):
    """The way to the engine. `game_data` is what a finished game hands in; None: nothing."""

    game_data: Any

    def say(self, name: str, message: msgspec.Struct) -> None:
        """Send a message of the wire; nothing while the line is down."""

    def break_off(self, away_s: float) -> None:
        """The connection is lost; the participant comes back with their token after `away_s`."""

    def close(self) -> None:
        """The page has nothing more to say."""


class Probe(Protocol):
    """One side of one probe. `made_up`: its answers are drawn, so that no partner can measure it."""

    made_up: bool

    def start(self) -> None:
        """Both sides are ready."""

    def receive(self, kind: str, payload: Any) -> None:
        """A signal of the other side."""

    def close(self) -> None:
        """The engine has its verdict, or the line is lost."""


class Ways:
    """The ways between peers: each side of a probe adds its access latency to the pair's RTT."""

    def __init__(self) -> None:
        self._ends_ms: dict[str, list[float]] = {}

    def add(self, probe_session_id: str, access_ms: float) -> None:
        """One end of a probe."""
        self._ends_ms.setdefault(probe_session_id, []).append(access_ms)

    def rtt_ms(self, probe_session_id: str) -> float:
        """RTT between the two, ms; the other end counts like this one if it is none of ours."""
        ends_ms = self._ends_ms[probe_session_id]
        return sum(ends_ms) * 2 / len(ends_ms)

    def remove(self, probe_session_id: str, access_ms: float) -> None:
        """This end is done with the probe."""
        ends_ms = self._ends_ms[probe_session_id]
        ends_ms.remove(access_ms)
        if not ends_ms:
            del self._ends_ms[probe_session_id]


class Page:
    """One page, from joining to its last view. `over`: it has shown its last; `phase`: what it shows.

    `make_probe(order, say)` makes the page's side of a probe it was told to prepare.
    """

    __slots__ = (
        "_away", "_clock", "_crowd", "_doing", "_line", "_make_probe", "_member", "_probes", "_timer", "over", "phase",
    )  # fmt: skip

    def __init__(
        self,
        member: Member,
        crowd: Crowd,
        clock: Clock,
        line: Line,
        make_probe: Callable[[dict[str, Any], Say], Probe],
    ) -> None:
        self._member, self._crowd, self._clock, self._line, self._make_probe = member, crowd, clock, line, make_probe
        self.over = self._away = False
        self.phase = ""
        self._doing: tuple[str, str] | None = None
        self._timer: Timer | None = None
        self._probes: dict[str, Probe] = {}  # by session: one with each other member of the group

    # --- the line -----------------------------------------------------------------------------------------------------

    def joined(self) -> None:
        """In for the first time."""
        if self._member.drops_after_s is not None:
            self._clock.call_later(self._member.drops_after_s, self._drop)

    def lost(self) -> None:
        """The line is down: what was under way is done anew when the view comes again."""
        self._away = True
        self._stop_doing()
        self._close_probes()

    def back(self) -> None:
        """The line is up again."""
        self._away = False

    def _drop(self) -> None:
        if not self.over and not self._away:
            self._line.break_off(self._member.away_s)

    def take(self, name: str, payload: dict[str, Any]) -> None:
        """What the engine sent."""
        if self._away or self.over:
            return
        if name == "view":
            self._view(payload)
        elif name == "probe_prepare":
            self._prepare(payload)
        elif (probe := self._probes.get(payload.get("probe_session_id", ""))) is not None:
            if name == "probe_signal":
                probe.receive(payload["type"], payload["payload"])
            elif name == "probe_start":
                probe.start()
            elif name == "probe_close":
                del self._probes[payload["probe_session_id"]]
                probe.close()

    # --- views --------------------------------------------------------------------------------------------------------

    def _view(self, view: dict[str, Any]) -> None:
        phase = self.phase = view["phase"]
        activity = "waiting" if phase in ("waitroom", "probing") else phase
        doing = (activity, view.get("game_id") or view["scene_id"] or "")
        if doing == self._doing:
            return
        self._stop_doing()
        self._doing = doing
        if phase == "page":
            reading_s = self._crowd.settings.reading_s * self._member.slowness
            self._do_later(reading_s, lambda: self._line.say("advance", wire.Advance(view["scene_id"])))
        elif phase == "game":
            self._do_later(view["remaining_s"], self._finish_game)
        elif phase in ("done", "ended"):
            self.over = True
            self._close_probes()
            self._line.close()
            # Nothing is said any more. The line holds this page: if each held the other, only a collector freed them.
            del self._line, self._make_probe
        elif self._member.patience_s is not None:
            self._do_later(self._member.patience_s, lambda: self._line.say("leave", wire.Leave()))

    def _do_later(self, after_s: float, act: Callable[[], None]) -> None:
        self._timer = self._clock.call_later(after_s, act)

    def _stop_doing(self) -> None:
        self._doing = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _finish_game(self) -> None:
        if self._line.game_data is not None:
            self._line.say("game_data", wire.GameDataMessage(self._line.game_data))
        self._line.say("game_finished", wire.GameFinished())

    # --- probes -------------------------------------------------------------------------------------------------------

    def _prepare(self, order: dict[str, Any]) -> None:
        probe_session_id = order["probe_session_id"]
        if not self._member.webrtc:
            self._line.say("probe_result", no_webrtc_result(probe_session_id, self._member.hidden))
            return
        probe = self._probes[probe_session_id] = self._make_probe(order, self._line.say)
        self._line.say("probe_ready", wire.ProbeReady(probe_session_id, simulated=probe.made_up))

    def _close_probes(self) -> None:
        probes, self._probes = self._probes, {}
        for probe in probes.values():
            probe.close()


class SilentProbe:
    """The side that is never heard of again."""

    def __init__(self, *, made_up: bool) -> None:
        self.made_up = made_up

    def start(self) -> None:
        """Say nothing."""

    def receive(self, kind: str, payload: Any) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Nothing to close."""


class MadeUpProbe:
    """One side of a probe whose answers are drawn: after the time that connecting and measuring would have taken.

    It describes nothing and answers no pings. A partner that could measure is left out of it by the engine.
    """

    __slots__ = ("_clock", "_crowd", "_member", "_order", "_rtt_ms", "_say", "_timer", "_ways", "made_up")

    def __init__(self, order: dict[str, Any], say: Say, member: Member, crowd: Crowd, clock: Clock, ways: Ways) -> None:
        self._order, self._say, self._crowd, self._clock, self._ways = order, say, crowd, clock, ways
        self._member, self.made_up = member, True
        self._timer: Timer | None = None
        ways.add(order["probe_session_id"], member.access_ms)

    def start(self) -> None:
        """Both are ready: report when a measurement would be over."""
        order = self._order
        self._rtt_ms = self._ways.rtt_ms(order["probe_session_id"])
        lasts_s = probe_lasts_s(self._rtt_ms, order["pings"], order["warmup"], order["interval_ms"])
        self._timer = self._clock.call_later(lasts_s, self._report)

    def receive(self, kind: str, payload: Any) -> None:
        """There is nothing to connect."""

    def close(self) -> None:
        """Measure no more."""
        self._ways.remove(self._order["probe_session_id"], self._member.access_ms)
        if self._timer is not None:
            self._timer.cancel()

    def _report(self) -> None:
        order = self._order
        result = self._crowd.probe_result(order["probe_session_id"], self._rtt_ms, order["pings"], self._member.hidden)
        self._say("probe_result", result)
