"""The engine's process: it listens, holds the run under way, and says in `engine.json` where it is.

Owns the life of the server and of runs: bind, start, end, shut down. Must not know what happens inside a run
(engine.py) and must not import Qt. Also runs inside the console's own loop (`--in-process`): nothing here touches
signals or the interpreter.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import sys
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from core import events as ev
from core.clock import SystemClock
from core.experiment.loader import LoadedExperiment
from core.projections.base import UNFOLDABLE
from core.runlog.event_logger import LogWriteError
from core.runlog.run_directory import RunDirectoryError
from core.server import engine_file
from core.server.addresses import participant_links
from core.server.console import Console
from core.server.engine import Engine
from core.server.engine_file import EngineFile, Health
from core.server.http import make_app
from core.server.interrupted import interrupted_run
from core.server.loop_health import LoopHealth
from core.server.matchmakers import read_staffs_matchmaker
from core.server.memory import LOOK_EVERY_S, Reserve, Tidying, give_back, is_glibc, shrink
from core.server.outbox import Outbox
from core.server.page_texts import render_texts
from core.server.participants import Participants
from core.server.recorder import RunStopped
from core.server.run_files import RunFiles
from core.server.socket_server import make_socket_server
from core.server.wire import Refused

log = logging.getLogger(__name__)

HEALTH_EVERY_S = 5.0
HANG_UP_WITHIN_S = 2  # a page that does not read does not hold up the end


class PortTaken(OSError):
    """Somebody else listens on the port that was asked for."""


class Service:
    """One engine process's inside. `start()` binds and listens; `start_run` and the console's intents do the rest.

    Making it raises ExperimentError if a page or staff's matchmaker cannot be used.
    """

    def __init__(
        self,
        loaded: LoadedExperiment,
        logs_dir: Path,
        *,
        host: str,
        port: int,
        program_version: str,
        given_as: str = "",
    ) -> None:
        self.loaded, self.logs_dir = loaded, logs_dir
        self.engine: Engine | None = None
        self.stopped = asyncio.Event()
        self.instance = secrets.token_hex(8)
        self.token = secrets.token_urlsafe(32)
        self._given_as = given_as or str(loaded.path)
        self._host, self._port, self._version = host, port, program_version
        self._clock = SystemClock()
        self._run: RunFiles | None = None
        self._texts = render_texts(loaded)
        self._staffs_matchmaker = read_staffs_matchmaker(loaded)
        self._health = LoopHealth(logs_dir, self._clock.woke)
        self._server = make_socket_server()
        self._outbox = Outbox(self._server)
        self._participants = Participants(self._server, self._outbox, self._clock)
        self._console = Console(self, self._outbox, self.token)
        self._server.register_namespace(self._participants)
        self._server.register_namespace(self._console)
        self._runner: web.AppRunner | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._started_at = self._clock.time()

    # --- the process --------------------------------------------------------------------------------------------------

    @property
    def port(self) -> int:
        """The port it listens on; the real one after `start`, also when 0 was asked for."""
        return self._port

    @property
    def links(self) -> list[str]:
        """Where participants can join."""
        return participant_links(self._host, self._port)

    async def start(self) -> None:
        """Bind, listen, write `engine.json`. Raises PortTaken, RunDirectoryError."""
        _must_be_writable(self.logs_dir)
        app = make_app(self.loaded.directory, self._health_answer)
        self._server.attach(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        # On Windows, SO_REUSEADDR would let two engines share one port.
        site = web.TCPSite(self._runner, self._host, self._port, reuse_address=sys.platform != "win32")
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            raise PortTaken(
                f"Could not listen on {self._host} port {self._port}: {error.strerror or error}."
            ) from error
        self._port = self._runner.addresses[0][1]
        self._health.start()
        self._spawn(self._watch_health(), "health")
        self._spawn(self._tidy_up(), "tidying")
        self._tell()

    async def stop(self) -> None:
        """End the run if one is on, then close everything. Safe to call twice."""
        if self._runner is None:
            return
        runner, self._runner = self._runner, None
        if self.engine is not None and not self.engine.over:
            with contextlib.suppress(RunStopped):  # reported when it happened
                self.engine.end_now("stopped", by="")
        for task in self._tasks:
            task.cancel()
        self._health.stop()
        await asyncio.sleep(0)  # the last views are made a turn after the events they show
        self._outbox.send_waiting()
        await self._hang_up()
        await self._server.shutdown()
        await runner.cleanup()
        engine_file.remove(self.logs_dir, self.instance)
        self.stopped.set()

    async def _hang_up(self) -> None:
        """Close every socket behind what waits for it: pages learn that the run ended, not that the line broke."""
        sockets = list(self._server.eio.sockets.values())
        if sockets:
            await asyncio.wait([asyncio.create_task(socket.close()) for socket in sockets], timeout=HANG_UP_WITHIN_S)

    def shut_down(self) -> None:
        """Have whoever waits for `stopped` call `stop`; Refused while a run is on."""
        if self.engine is not None and not self.engine.over:
            raise Refused("a run is under way; end it first")
        self.stopped.set()

    def _spawn(self, coroutine: Any, name: str) -> None:
        task = asyncio.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._on_task_done)

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("the task %r has failed", task.get_name(), exc_info=problem)

    async def _watch_health(self) -> None:
        while True:
            await asyncio.sleep(HEALTH_EVERY_S)
            engine = self.engine
            if engine is None or engine.over:
                continue
            with contextlib.suppress(RunStopped):  # the stop itself was reported
                engine.record(
                    ev.EngineHealth(
                        loop_lag_ms=self._health.take_worst_lag_ms(),
                        clients=self._participants.connected,
                        waiting=engine.waiting,
                        memory_bytes=self._health.memory_bytes(),
                        disk_free_bytes=self._health.disk_free_bytes(),
                    )
                )

    async def _tidy_up(self) -> None:
        tidying = Tidying(self._put_away, partial(give_back, Reserve() if is_glibc() else None))
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            present = self.engine.people.present if self.engine is not None else 0
            tidying.look(max(self._participants.connected, present))

    def _put_away(self) -> None:
        shrink(*self._server.tables, *self._participants.tables)
        if self.engine is not None:
            self.engine.people.people.put_away()

    # --- runs ---------------------------------------------------------------------------------------------------------

    async def start_run(self, by: str, *, simulated: bool = False) -> ev.Event:
        """Make a run directory and open the doors; `simulated`: nobody real will take part.

        Refused if a run is on or nothing can be written.
        """
        self._must_be_idle()
        try:
            run = RunFiles.create(
                self.loaded, self.logs_dir, clock=self._clock, program_version=self._version, simulated=simulated
            )
        except OSError as problem:
            raise Refused(f"The run could not be started: {problem}") from problem
        engine = self._engine_of(run)
        try:
            started = engine.start(links=self.links, by=by, program_version=self._version, simulated=simulated)
        except RunStopped as problem:
            raise Refused(f"The run could not be started: {problem}") from problem
        self._go(engine)
        return started

    async def resume_run(self, by: str, run_id: str) -> ev.Event:
        """Go on with a run of the logs folder whose engine was ended in the midst of it.

        Refused if a run is on, or this one cannot be gone on with, with what stands in the way.
        """
        self._must_be_idle()
        try:
            interrupted = await asyncio.to_thread(interrupted_run, self.loaded, self.logs_dir, run_id)
            self._must_be_idle()  # still: a long log takes seconds to read, and another console may have started a run
            run = RunFiles.reopen(
                interrupted.directory,
                clock=self._clock,
                game_ids=interrupted.game_ids,
                scene_ids=[scene.id for scene in self.loaded.experiment.scenes],
            )
        except OSError as problem:
            raise Refused(f"{run_id} cannot be gone on with: {problem}") from problem
        engine = self._engine_of(run)
        try:
            resumed = engine.resume(interrupted.events, links=self.links, by=by, program_version=self._version)
        except (*UNFOLDABLE, RunStopped) as problem:
            why = str(problem) if isinstance(problem, RunStopped) else f"its log does not add up (unknown {problem})"
            engine.recorder.problem = why  # whatever it has put on the clock by now ends quietly
            self._run = self.engine = None
            run.logger.close()
            raise Refused(f"{run_id} cannot be gone on with: {why}") from problem
        self._go(engine)
        return resumed

    def _must_be_idle(self) -> None:
        if self.engine is not None and not self.engine.over:
            raise Refused(f"{self.engine.run_id} is under way; end it first")

    def _engine_of(self, run: RunFiles) -> Engine:
        engine = Engine(
            self.loaded.experiment,
            self._texts,
            run.logger,
            run_id=run.run_id,
            clock=self._clock,
            send=self._participants.send,
            folds=[run.scene_data],
            match_logger=run.match_logger,
            on_over=self._on_over,
            loop_lag_ms=self._health.recent_lag_ms,
            staffs_matchmaker=self._staffs_matchmaker,
            presence=self._participants,
        )
        self._run, self.engine = run, engine
        return engine

    def _go(self, engine: Engine) -> None:
        self._participants.take_up(engine)
        self._tell()

    def _on_over(self) -> None:
        """The run has ended: put everything on disk, say so in its manifest and to every console."""
        engine, run = self.engine, self._run
        if engine is None or run is None:
            return
        try:
            run.complete(reason=engine.problem or engine.run.ended_reason or "", failed=bool(engine.problem))
        except (LogWriteError, RunDirectoryError) as problem:
            log.error("the end of %s could not be written: %s", run.run_id, problem)
        self._tell()

    def state(self) -> dict[str, Any]:
        """How the engine stands, for consoles."""
        engine, run = self.engine, self._run
        return {
            "run_id": run.run_id if run is not None else None,
            "run_dir": str(run.directory.path.resolve()) if run is not None else None,
            "state": self._state_word(),
            "problem": engine.problem if engine is not None else "",
        }

    def _state_word(self) -> str:
        if self.engine is None:
            return "idle"
        return "ended" if self.engine.over else self.engine.run.state

    def _tell(self) -> None:
        """Write `engine.json` anew and tell the consoles."""
        state = self.state()
        try:
            engine_file.write(self.logs_dir, self._file(state))
        except OSError as problem:
            log.error("engine.json could not be written: %s", problem)
        self._console.tell_state()

    def _file(self, state: dict[str, Any]) -> EngineFile:
        loopback = "127.0.0.1" if self._host in ("0.0.0.0", "::", "") else self._host
        return EngineFile(
            pid=os.getpid(),
            instance=self.instance,
            program_version=self._version,
            schema_version=ev.SCHEMA_VERSION,
            host=self._host,
            port=self._port,
            address=f"http://{loopback}:{self._port}",
            links=self.links,
            token=self.token,
            logs_dir=str(self.logs_dir.resolve()),
            experiment=self._given_as,
            started_at=self._started_at,
            run_id=state["run_id"],
            run_dir=state["run_dir"],
        )

    def _health_answer(self) -> Health:
        return Health(
            ok=True,
            program="greenroom",
            program_version=self._version,
            instance=self.instance,
            state=self._state_word(),
            run_id=self._run.run_id if self._run is not None else None,
        )


def _must_be_writable(logs_dir: Path) -> None:
    """Find out before anybody waits, not when the run starts. Raises RunDirectoryError."""
    try:
        logs_dir.mkdir(parents=True, exist_ok=True)
        probe = logs_dir / f".write-test-{os.getpid()}"
        try:
            probe.write_bytes(b"x" * 4096)
        finally:
            probe.unlink(missing_ok=True)  # of a full disk, too: the name may be there without a byte
    except OSError as error:
        raise RunDirectoryError(
            f"The logs folder {logs_dir} cannot be written: {error.strerror}. "
            "Free some space, allow this user to write there, or choose another one with --logs-dir."
        ) from error
