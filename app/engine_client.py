"""The console's line to the engine: intents there, the engine's state back.

Owns the socket and whether it is up. Must not be imported before the first paint (python-socketio), know of Qt, or
remember anything of a run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import socketio
from socketio.exceptions import ConnectionError as SocketConnectionError
from socketio.exceptions import SocketIOError
from socketio.exceptions import TimeoutError as SocketTimeoutError

from core.server.engine_file import EngineFile

NAMESPACE = "/console"
CONNECT_WITHIN_S = 5.0
ANSWER_WITHIN_S = 5.0


class EngineState(msgspec.Struct):
    """What the engine says of itself: `state` as in `/healthz`, `problem` why a run had to stop."""

    state: str
    run_id: str | None = None
    run_dir: str | None = None
    problem: str = ""


class IntentRefusedError(Exception):
    """The engine will not do it; the message says why."""


class EngineUnreachableError(Exception):
    """The engine did not answer; the message says so."""


class EngineClient:
    """One connection to one engine. `on_state(EngineState)` and `on_lost()` are called from the loop it was made in."""

    def __init__(
        self,
        engine: EngineFile,
        operator: str,
        *,
        on_state: Callable[[EngineState], None],
        on_lost: Callable[[], None],
    ) -> None:
        self.engine = engine
        self._operator = operator
        self._on_state, self._on_lost = on_state, on_lost
        self._closing = False
        # Coming back is decided above, where it is known whether the engine is still there.
        self._socket = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        self._socket.on("engine_state", self._state_came, namespace=NAMESPACE)
        self._socket.on("disconnect", self._line_lost, namespace=NAMESPACE)

    @property
    def connected(self) -> bool:
        """Whether the line is up."""
        return bool(self._socket.connected)

    async def connect(self) -> None:
        """Connect with the engine's token. Raises EngineUnreachableError."""
        try:
            await self._socket.connect(
                self.engine.address,
                transports=["websocket"],
                namespaces=[NAMESPACE],
                auth={"token": self.engine.token, "operator": self._operator},
                wait_timeout=CONNECT_WITHIN_S,
            )
        except SocketConnectionError as error:
            raise EngineUnreachableError(f"The engine at {self.engine.address} cannot be reached: {error}") from error

    async def ask(self, intent: str, **fields: Any) -> dict[str, Any]:
        """Send an intent and return its answer. Raises IntentRefusedError, EngineUnreachableError."""
        try:
            answer = await self._socket.call(intent, fields, namespace=NAMESPACE, timeout=ANSWER_WITHIN_S)
        except (SocketTimeoutError, SocketIOError) as error:
            raise EngineUnreachableError("The engine does not answer; it may not have done this.") from error
        if not isinstance(answer, dict):
            raise EngineUnreachableError(f"The engine answered {intent} in a way this console does not understand.")
        if "refused" in answer:
            raise IntentRefusedError(str(answer["refused"]))
        return answer

    async def close(self) -> None:
        """Hang up; `on_lost` is not called."""
        self._closing = True
        await self._socket.disconnect()

    async def _state_came(self, state: Any) -> None:
        self._on_state(msgspec.convert(state, EngineState))

    async def _line_lost(self, _reason: Any = None) -> None:
        if not self._closing:
            self._on_lost()
