"""The operator's socket: the `/console` namespace.

Owns who may speak there (token, loopback) and how an intent is answered: with the number of the event it became, or a
refusal with its reason. Must not hold state of the run: what a console shows, it reads in the log.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
import socketio

from core import events as ev
from core.runlog.lines import NotJsonError
from core.server.engine import Engine
from core.server.outbox import Outbox
from core.server.recorder import RunStopped
from core.server.wire import Refused

NAMESPACE = "/console"


class _Intent(msgspec.Struct, forbid_unknown_fields=True):
    reason: str = ""


class StartRun(_Intent):
    """Make a run directory and open the doors."""


class EndRun(_Intent):
    """`drain`: let games finish; `now`: end everything."""

    mode: str = "drain"


class SetThreshold(_Intent, kw_only=True):
    """Milliseconds from 1 to 60,000, or null for no limit."""

    max_p2p_rtt_ms: int | None


class SetIntake(_Intent, kw_only=True):
    """Open or close the doors."""

    open: bool


class PauseMatching(_Intent, kw_only=True):
    """Form no groups for now, or take it up again."""

    paused: bool = True


class RemoveParticipant(_Intent, kw_only=True):
    """Send somebody away."""

    subject_id: str


class MessageParticipant(_Intent, kw_only=True):
    """Show a text to one, or (null) to everybody."""

    text: str
    subject_id: str | None = None


class ForceMatch(_Intent, kw_only=True):
    """Let these waiting people play now."""

    subject_ids: list[str]


class EndGame(_Intent, kw_only=True):
    """End one game."""

    game_id: str


class ShutDown(_Intent):
    """Stop the engine's process; refused while a run is on."""


INTENTS: dict[str, type[_Intent]] = {
    "start_run": StartRun,
    "end_run": EndRun,
    "set_threshold": SetThreshold,
    "set_intake": SetIntake,
    "pause_matching": PauseMatching,
    "remove_participant": RemoveParticipant,
    "message_participant": MessageParticipant,
    "force_match": ForceMatch,
    "end_game": EndGame,
    "shut_down": ShutDown,
}


class Host(Protocol):
    """What this namespace asks of the process it runs in."""

    engine: Engine | None

    async def start_run(self, by: str) -> ev.Event:
        """Start a run; Refused if one is on or its directory cannot be made."""

    def shut_down(self) -> None:
        """Stop the process; Refused while a run is on."""

    def state(self) -> dict[str, Any]:
        """`run_id`, `run_dir`, `state`, `problem`."""


class Console(socketio.AsyncNamespace):  # type: ignore[misc]  # python-socketio ships no types
    """Operators' connections. `open_to_network` False: only this machine may connect."""

    def __init__(self, host: Host, outbox: Outbox, token: str, *, open_to_network: bool = False) -> None:
        super().__init__(NAMESPACE)
        self._host, self._outbox, self._token = host, outbox, token
        self._open_to_network = open_to_network
        self._operators: dict[str, str] = {}

    def tell_state(self) -> None:
        """Tell every console how the engine stands."""
        for sid in self._operators:
            self._outbox.put(sid, "engine_state", self._host.state(), NAMESPACE)

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Everything of this namespace comes through here."""
        if event == "connect":
            return self._on_connect(*args)
        if event == "disconnect":
            self._operators.pop(args[0], None)
            return None
        sid, *payload = args
        return await self._answer(self._operators.get(sid, ""), event, payload[0] if payload else None)

    def _on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        given = auth.get("token") if isinstance(auth, dict) else None
        if not (self._open_to_network or _is_loopback(environ)):
            raise socketio.exceptions.ConnectionRefusedError(
                "the console is reached from the engine's own machine only"
            )
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), self._token.encode()):
            raise socketio.exceptions.ConnectionRefusedError("the control token is wrong; it stands in engine.json")
        operator = auth.get("operator")
        self._operators[sid] = operator[:80] if isinstance(operator, str) and operator else "operator"
        self._outbox.put(sid, "engine_state", self._host.state(), NAMESPACE)

    async def _answer(self, by: str, name: str, payload: Any) -> dict[str, Any]:
        try:
            shape = INTENTS.get(name)
            if shape is None:
                raise Refused(f"there is no intent {name[:40]!r}; known are {', '.join(INTENTS)}")
            intent = msgspec.convert({} if payload is None else payload, shape)
            return await self._act(name, intent, by)
        except msgspec.ValidationError as problem:
            return {"refused": f"{name}: {problem}"}
        except (Refused, RunStopped, NotJsonError) as refusal:
            return {"refused": str(refusal)}

    async def _act(self, name: str, intent: Any, by: str) -> dict[str, Any]:
        if name == "start_run":
            event = await self._host.start_run(by)
            return {"seq": event.seq, **self._host.state()}
        if name == "shut_down":
            self._host.shut_down()
            return {"seq": 0}
        engine = self._host.engine
        if engine is None:
            raise Refused("there is no run under way")
        return {"seq": _ENGINE_INTENTS[name](engine, intent, by).seq}


def _end_run(engine: Engine, intent: Any, by: str) -> ev.Event:
    if intent.mode == "drain":
        return engine.drain(by=by, reason=intent.reason)
    if intent.mode == "now":
        return engine.end_now("ended_now", by=by)
    raise Refused(f"end_run: mode must be drain or now, not {intent.mode[:20]!r}")


def _set_threshold(engine: Engine, intent: Any, by: str) -> ev.Event:
    value = intent.max_p2p_rtt_ms
    if value is not None and not 1 <= value <= 60_000:
        raise Refused(f"max_p2p_rtt_ms must be from 1 to 60000 ms, or null for no limit, not {value}")
    return engine.set_threshold(value, by=by, reason=intent.reason)


_ENGINE_INTENTS: dict[str, Callable[[Engine, Any, str], ev.Event]] = {
    "end_run": _end_run,
    "set_threshold": _set_threshold,
    "set_intake": lambda e, i, by: e.set_intake(i.open, by=by, reason=i.reason),
    "pause_matching": lambda e, i, by: e.pause_matching(i.paused, by=by, reason=i.reason),
    "remove_participant": lambda e, i, by: e.remove_participant(i.subject_id, by=by, reason=i.reason),
    "message_participant": lambda e, i, by: e.message_participant(i.subject_id, i.text, by=by),
    "force_match": lambda e, i, by: e.force_match(i.subject_ids, by=by, reason=i.reason),
    "end_game": lambda e, i, by: e.end_game(i.game_id, by=by, reason=i.reason),
}


def _is_loopback(environ: dict[str, Any]) -> bool:
    """Whether the peer is this machine; engine.io's own REMOTE_ADDR is a constant, so the request itself is asked."""
    request = environ.get("aiohttp.request")
    remote = getattr(request, "remote", None)
    if not isinstance(remote, str):
        return False
    try:
        return ipaddress.ip_address(remote.partition("%")[0]).is_loopback
    except ValueError:
        return False
