"""What a process without a window asks of the system."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import pytest

from core.clock import CalledTooLate, SystemClock
from core.server import event_loop, loop_health
from core.server.loop_health import LoopHealth


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on open sockets")
def test_more_sockets_may_be_opened_than_the_system_begins_with():
    import resource

    before = soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, soft), hard))
        event_loop.allow_many_sockets()
        allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert allowed[0] > 256
        assert allowed[1] == hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_nobody_is_called_early():
    """Whoever is called when a rest is over looks at the clock, and nobody would call again."""
    clock, early_s = SystemClock(), []

    async def ask_for_many() -> None:
        loop = asyncio.get_running_loop()
        called = [loop.create_future() for _ in range(500)]
        for number, future in enumerate(called):
            due_s = clock.monotonic() + 0.05 + number * 0.0007
            clock.call_later(
                due_s - clock.monotonic(), lambda f=future, due_s=due_s: f.set_result(due_s - clock.monotonic())
            )
        early_s.extend(await asyncio.gather(*called))

    event_loop.run(ask_for_many())
    assert max(early_s) <= 0


def test_a_call_that_comes_too_late_ends_quietly():
    clock, unhandled = SystemClock(), []

    def too_late() -> None:
        raise CalledTooLate

    async def ask() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: unhandled.append(context))
        done = asyncio.Event()
        for delay_s in (0, 0.001):
            clock.call_later(delay_s, too_late)
        clock.call_later(0.002, done.set)
        await done.wait()

    event_loop.run(ask())
    assert unhandled == []


def test_a_call_that_was_called_off_does_not_come():
    clock, called = SystemClock(), []

    async def call_off() -> None:
        timer = clock.call_later(0.01, lambda: called.append("off"))
        done = asyncio.Event()
        clock.call_later(0.03, done.set)
        timer.cancel()
        await done.wait()
        timer.cancel()

    event_loop.run(call_off())
    assert called == []


def test_what_fell_due_while_the_process_stood_still_gets_its_time_again(monkeypatch, tmp_path: Path):
    """A page whose place was kept for 30 s cannot come back to an engine that sleeps."""
    monkeypatch.setattr(loop_health, "STOOD_STILL_MS", 100.0)
    clock, called_s = SystemClock(), {}

    async def sleep_through_it() -> None:
        health, done = LoopHealth(tmp_path, clock.woke), asyncio.Event()
        health.start()
        clock.call_later(0.15, lambda: called_s.update(before=time.monotonic()) or done.set())
        time.sleep(0.25)  # noqa: ASYNC251 -- nothing goes on in this process
        woke_s = time.monotonic()
        clock.call_later(0.05, lambda: called_s.update(after=time.monotonic()))
        await done.wait()
        health.stop()
        assert called_s["before"] >= woke_s + 0.15
        assert called_s["after"] < called_s["before"]
        assert health.take_worst_lag_ms() >= 100

    event_loop.run(sleep_through_it())


def test_a_process_that_stands_still_again_and_again_keeps_its_deadlines(monkeypatch, tmp_path: Path):
    monkeypatch.setattr(loop_health, "STOOD_STILL_MS", 100.0)
    clock = SystemClock()

    async def stand_still_again_and_again() -> None:
        health, rung = LoopHealth(tmp_path, clock.woke), asyncio.Event()
        health.start()
        clock.call_later(0.4, rung.set)
        for _ in range(6):
            time.sleep(0.25)  # noqa: ASYNC251 -- nothing goes on in this process
            for _ in range(5):
                await asyncio.sleep(0)  # what is due is called
        health.stop()
        assert rung.is_set()

    event_loop.run(stand_still_again_and_again())


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no file system here that has no room at all")
def test_a_full_disk_is_told_from_one_that_is_not_there(tmp_path: Path):
    assert LoopHealth(Path("/proc")).disk_free_bytes() == 1
    assert LoopHealth(tmp_path / "gone").disk_free_bytes() == 0
