"""The operator's socket: the `/console` namespace.

Owns who may speak there (token, loopback) and how an intent is answered: with the number of the event it became, or a
refusal with its reason. Must not hold state of the run: what a console shows, it reads in the log.
"""

from __future__ import annotations

import hmac
import ipaddress
from typing import Any, Protocol

import msgspec
import socketio

from core import events as ev
from core.runlog.lines import NotJsonError
from core.server.engine import Engine
from core.server.intents import ANSWERS, INTENTS
from core.server.outbox import Outbox
from core.server.recorder import RunStopped
from core.server.wire import Refused

NAMESPACE = "/console"


class Host(Protocol):
    """What this namespace asks of the process it runs in."""

    engine: Engine | None

    async def start_run(self, by: str) -> ev.Event:
        """Start a run; Refused if one is on or its directory cannot be made."""

    async def resume_run(self, by: str, run_id: str) -> ev.Event:
        """Go on with a run whose engine was ended in the midst of it; Refused if that cannot be."""

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
        if name == "resume_run":
            event = await self._host.resume_run(by, intent.run_id)
            return {"seq": event.seq, **self._host.state()}
        if name == "shut_down":
            self._host.shut_down()
            return {"seq": 0}
        engine = self._host.engine
        if engine is None:
            raise Refused("there is no run under way")
        return {"seq": ANSWERS[name](engine, intent, by).seq}


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
