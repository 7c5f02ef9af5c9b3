"""The engine's process and the console's line to it, with real engines."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import msgspec
import psutil
import pytest

from app import engine_process, exits
from app.engine_client import EngineState, EngineUnreachableError, IntentRefusedError
from app.engine_link import EngineDeath, EngineLink, Listener
from app.exits import Failure
from app.running_engine import FoundEngine, wait_until_gone
from app.tasks import Tasks
from core.experiment.loader import find_experiment
from core.server.engine_file import EngineFile
from tests.waiting import PATIENCE_S


class Heard:
    """What a link tells, in order; `next` waits for the next of it."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[object] = asyncio.Queue()
        self.problems: list[str] = []
        self.tasks = Tasks(lambda sentence, _details: self.problems.append(sentence))
        listener = Listener(
            self.told.put_nowait,
            lambda: self.told.put_nowait("lost"),
            lambda: self.told.put_nowait("back"),
            self.told.put_nowait,
        )
        self.link = EngineLink("Ada", listener, self.tasks)

    async def next(self) -> object:
        return await asyncio.wait_for(self.told.get(), PATIENCE_S)


async def test_an_engine_is_started_detached_and_ends_when_told(logs_dir: Path):
    command = engine_process.command_for(find_experiment("quick_start"), logs_dir, 0)
    engine = await engine_process.start(command, logs_dir)
    assert engine.alive() and engine.file.logs_dir == str(logs_dir)
    if sys.platform != "win32":
        assert os.getsid(engine.file.pid) != os.getsid(0)
    heard = Heard()
    await heard.link.take(engine)
    assert await heard.next() == EngineState("idle")
    assert await heard.link.shut_down()
    assert not engine.alive() and engine.how_it_ended() == "exit code 0"
    assert "Participants join at" in (logs_dir / engine_process.LOG_NAME).read_text()
    assert heard.problems == []


async def test_an_engine_that_cannot_start_fails_with_its_own_sentence_and_code(logs_dir: Path, tmp_path: Path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("name: broken\nscenes: []\nextra: 1\n")
    with pytest.raises(Failure) as caught:
        await engine_process.start(engine_process.command_for(broken, logs_dir, 0), logs_dir)
    assert caught.value.code == exits.EXPERIMENT
    assert "has 2 problems" in str(caught.value) and "extra" in str(caught.value)
    assert not str(caught.value).startswith("greenroom:")


async def test_a_crash_while_starting_shows_what_was_said(logs_dir: Path):
    command = [sys.executable, "-c", "raise SystemExit('no such luck')"]
    with pytest.raises(Failure) as caught:
        await engine_process.start(command, logs_dir)
    assert "exit code 1" in str(caught.value) and "no such luck" in caught.value.details


async def test_an_engine_whose_window_closes_while_it_starts_is_ended(logs_dir: Path):
    command = [sys.executable, "-c", "import time; time.sleep(600)", str(logs_dir)]
    starting = asyncio.create_task(engine_process.start(command, logs_dir))
    await asyncio.sleep(0)  # the task's first step is to start the process
    begun = [child for child in psutil.Process().children() if str(logs_dir) in child.cmdline()]
    assert len(begun) == 1
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert psutil.wait_procs(begun, timeout=PATIENCE_S)[1] == []


async def test_a_found_engine_is_taken_up_and_left_alone(idle_engine: EngineFile):
    heard = Heard()
    await heard.link.take(FoundEngine(idle_engine))
    assert await heard.next() == EngineState("idle")
    run_dir = await heard.link.start_run()
    assert heard.link.run_is_on  # with the answer, not with the word that follows it
    state = await heard.next()
    assert isinstance(state, EngineState) and state.state == "open" and heard.link.run_is_on
    with pytest.raises(IntentRefusedError, match="from 1 to 60000"):
        await heard.link.ask("set_threshold", max_p2p_rtt_ms=0)
    await heard.link.let_go()
    assert FoundEngine(idle_engine).alive()
    log = (run_dir / "events.jsonl").read_text()
    assert '"by":"Ada"' in log


async def test_a_wrong_token_is_refused(idle_engine: EngineFile):
    heard = Heard()
    with pytest.raises(EngineUnreachableError):
        await heard.link.take(FoundEngine(msgspec.structs.replace(idle_engine, token="guessed")))
    assert heard.link.engine is None


async def test_an_engine_killed_during_a_run_is_told_at_once(logs_dir: Path):
    command = engine_process.command_for(find_experiment("quick_start"), logs_dir, 0)
    engine = await engine_process.start(command, logs_dir)
    heard = Heard()
    await heard.link.take(engine)
    await heard.link.ask("start_run")
    assert [await heard.next() for _ in range(2)][1] == heard.link.state
    psutil.Process(engine.file.pid).kill()
    death = await heard.next()
    while death == "lost":  # the line may be seen to go before the process
        death = await heard.next()
    assert isinstance(death, EngineDeath)
    assert death.how == ("it was killed by signal 9" if sys.platform != "win32" else "exit code 1")
    assert heard.link.engine is None and not heard.link.run_is_on
    with pytest.raises(EngineUnreachableError):
        await heard.link.ask("end_run", mode="now")
    await heard.tasks.cancel_all()
    assert heard.problems == []


async def test_an_engine_that_stops_without_a_run_raises_no_alarm(idle_engine: EngineFile):
    heard = Heard()
    engine = FoundEngine(idle_engine)
    await heard.link.take(engine)
    await heard.next()
    psutil.Process(idle_engine.pid).terminate()
    assert await wait_until_gone(engine)
    heard.link.check()
    assert heard.link.engine is None and heard.told.empty()
    await heard.tasks.cancel_all()
