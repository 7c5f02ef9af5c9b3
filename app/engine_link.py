"""The one engine this console works with: found or started, connected, watched, let go.

Owns what is known of it: alive or not, connected or not, its last word on the run. Must not draw, and must not be
imported before the first paint (it brings python-socketio).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from app.engine_client import EngineClient, EngineState, EngineUnreachableError, IntentRefusedError
from app.running_engine import RunningEngine, wait_until_gone
from app.tasks import Tasks
from core.server import engine_file

log = logging.getLogger(__name__)

RETRY_EVERY_S = 0.5
END_WITHIN_S = 5.0
ON = ("open", "closed", "draining")


@dataclass(frozen=True)
class EngineDeath:
    """An engine that went away during a run: at what time of day, how, and what it said last."""

    at: str
    how: str
    words: str


@dataclass(frozen=True)
class Listener:
    """Whom to tell, all from the console's loop: a new state, the line lost, the line back, the engine gone."""

    on_state: Callable[[EngineState], None]
    on_line_lost: Callable[[], None]
    on_line_back: Callable[[], None]
    on_death: Callable[[EngineDeath], None]


class EngineLink:
    """`engine` is None until one was taken, and again once it is gone."""

    def __init__(self, operator: str, listener: Listener, tasks: Tasks) -> None:
        self.engine: RunningEngine | None = None
        self.state = EngineState("idle")
        self._operator, self._listener, self._tasks = operator, listener, tasks
        self._client: EngineClient | None = None
        self._no_run = asyncio.Event()
        self._no_run.set()

    @property
    def run_is_on(self) -> bool:
        """Whether there is an engine with a run under way."""
        return self.engine is not None and self.state.state in ON

    async def wait_until_no_run(self) -> bool:
        """Wait until the run that is on has ended; False if it has not within END_WITHIN_S."""
        try:
            await asyncio.wait_for(self._no_run.wait(), END_WITHIN_S)
        except TimeoutError:
            return False
        return True

    async def take(self, engine: RunningEngine) -> None:
        """Connect to a running engine and watch it. Raises EngineUnreachableError."""
        client = self._new_client(engine)
        await client.connect()
        self.engine, self._client = engine, client

    async def ask(self, intent: str, **fields: Any) -> dict[str, Any]:
        """Pass an intent on. Raises IntentRefusedError, EngineUnreachableError."""
        if self._client is None or not self._client.connected:
            raise EngineUnreachableError("The engine cannot be reached at the moment.")
        return await self._client.ask(intent, **fields)

    async def rename_operator(self, operator: str) -> None:
        """The engine is told who asks when the line is opened, so another name needs another line."""
        if operator == self._operator:
            return
        self._operator = operator
        engine, client = self.engine, self._client
        if engine is None or client is None:
            return
        await client.close()
        try:
            await self.take(engine)
        except EngineUnreachableError:
            self._come_back(engine)

    async def start_run(self) -> Path:
        """Have a run started; its directory. Raises IntentRefusedError, EngineUnreachableError."""
        return self._run_of(await self.ask("start_run"))

    async def resume_run(self, run_id: str) -> Path:
        """Have a run gone on with; its directory. Raises as `start_run`."""
        return self._run_of(await self.ask("resume_run", run_id=run_id))

    def _run_of(self, answer: dict[str, Any]) -> Path:
        """The answer says how the engine stands: its own word on that may come late, while the window draws the run."""
        state = msgspec.convert(answer, EngineState)
        if state.run_dir is None:
            raise EngineUnreachableError("The engine started a run but does not say where it is.")
        self._note(state)
        return Path(state.run_dir)

    def check(self) -> None:
        """Called often: has the engine gone?"""
        if self.engine is not None and not self.engine.alive():
            self._engine_gone(self.engine)

    async def shut_down(self) -> bool:
        """End an engine without a run and wait until it is gone; False if it will not go."""
        engine, client = self.engine, self._client
        if engine is None or client is None:
            return True
        self.engine = self._client = None
        try:
            await client.ask("shut_down")
        except EngineUnreachableError as error:
            log.info("asked to shut down, the engine hung up: %s", error)
        except IntentRefusedError as refusal:
            log.warning("the engine will not shut down: %s", refusal)
        await client.close()
        gone = await wait_until_gone(engine)
        if not gone:
            engine.let_go()
        return gone

    async def let_go(self) -> None:
        """Hang up and leave the engine to itself."""
        engine, client = self.engine, self._client
        self.engine = self._client = None
        if client is not None:
            await client.close()
        if engine is not None:
            engine.let_go()

    # --- watching -----------------------------------------------------------------------------------------------------

    def _new_client(self, engine: RunningEngine) -> EngineClient:
        return EngineClient(
            engine.file,
            self._operator,
            on_state=self._state_came,
            on_lost=lambda: self._come_back(engine),
        )

    def _come_back(self, engine: RunningEngine) -> None:
        self._tasks.spawn(self._line_lost(engine), "the line to the engine")

    def _note(self, state: EngineState) -> None:
        self.state = state
        if state.state in ON:
            self._no_run.clear()
        else:
            self._no_run.set()

    def _state_came(self, state: EngineState) -> None:
        self._note(state)
        self._listener.on_state(state)

    async def _line_lost(self, engine: RunningEngine) -> None:
        """Say so at once; then come back to this very engine, or learn that it is gone."""
        if self.engine is not engine:
            return
        if engine.alive() and self.state.state in ON:
            self._listener.on_line_lost()
        while self.engine is engine:
            if not engine.alive():
                self._engine_gone(engine)
                return
            health = await asyncio.to_thread(engine_file.ask_health, engine.file)
            if health is not None and health.instance == engine.file.instance and self.engine is engine:
                try:
                    await self.take(engine)
                except EngineUnreachableError as error:
                    log.info("not yet back: %s", error)
                else:
                    self._listener.on_line_back()
                    return
            await asyncio.sleep(RETRY_EVERY_S)

    def _engine_gone(self, engine: RunningEngine) -> None:
        """With a run on, nobody wanted that; without one, a new engine is started when it is needed."""
        client, unexpected = self._client, self.run_is_on
        self.engine = self._client = None
        self._note(EngineState("idle"))
        if client is not None:
            self._tasks.spawn(client.close(), "hanging up")
        if unexpected:
            self._listener.on_death(EngineDeath(time.strftime("%H:%M:%S"), engine.how_it_ended(), engine.words()))
