"""When a crowd has gone, its memory goes back to the system: at the right moment, by the page, and really."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import subprocess
import sys

import pytest

from core.server import event_loop, memory
from core.server.memory import LAST, LATER, SOON, Tidying
from tests.json_process import ROOT

needs_glibc = pytest.mark.skipif(not memory.is_glibc(), reason="only glibc can be asked for it")


class Tidied:
    """When it was tidied up, in looks."""

    def __init__(self) -> None:
        self.looks = 0
        self.at: list[int] = []
        self.tidying = Tidying(lambda: None, lambda: self.at.append(self.looks))

    def look(self, *here: int) -> list[int]:
        for people in here:
            self.looks += 1
            self.tidying.look(people)
        return self.at


def test_it_is_tidied_up_soon_after_a_crowd_has_gone_and_twice_more_later():
    assert Tidied().look(1000, *[3] * 2 * LAST) == [1 + SOON, 1 + LATER, 1 + LAST]


@pytest.mark.parametrize("here", [[40] + [0] * 50, [1000] + [200] * 50, [1000, 0] * 50, [0] * 50])
def test_it_is_not_for_a_few_nor_while_many_are_here_or_come_back(here):
    assert Tidied().look(*here) == []


def test_the_next_crowd_is_tidied_up_after_too():
    assert len(Tidied().look(500, *[0] * LAST, 500, *[0] * LAST)) == 6


def test_a_table_that_was_full_shrinks_and_keeps_what_it_holds():
    table = {number: number for number in range(10_000)}
    full = sys.getsizeof(table)
    for number in range(9_990):
        del table[number]
    memory.shrink(table)
    assert table == {number: number for number in range(9_990, 10_000)} and sys.getsizeof(table) < full / 100


def test_so_does_a_set():
    full = sys.getsizeof(table := set(range(10_000)))
    table -= set(range(9_990))
    memory.shrink(table)
    assert table == set(range(9_990, 10_000)) and sys.getsizeof(table) < full / 100


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="another interpreter keeps other things")
def test_no_name_is_held_that_was_only_asked_for_once():
    class Asked:
        pass

    names = [f"upgrade_{number}" for number in range(50)]
    held_before = list(map(sys.getrefcount, names))
    assert not any(hasattr(Asked(), name) for name in names)
    assert list(map(sys.getrefcount, names)) != held_before, "nothing to forget"
    memory.forget_names()
    assert list(map(sys.getrefcount, names)) == held_before


def test_the_tables_of_the_loop_and_of_asyncio_are_found():
    sizes: list[int] = []

    async def wait_in_vain() -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(60), 0.01)

    async def main() -> None:
        async with asyncio.TaskGroup() as crowd:
            for _ in range(5_000):
                crowd.create_task(wait_in_vain())
        gc.collect()
        sizes.append(sum(map(sys.getsizeof, memory.tables_of_loop())))
        memory.shrink(*memory.tables_of_loop())
        sizes.append(sum(map(sys.getsizeof, memory.tables_of_loop())))

    event_loop.run(main())
    full, after = sizes
    assert full > 200_000 and after < full / 100  # tests that ran in this process before may have left some tasks


@needs_glibc
def test_serve_gets_its_memory_by_the_page_under_the_same_process_id():
    script = (
        "import os; from core.server import memory; print(os.getpid(), os.environ.get('PYTHONMALLOC'), flush=True);"
        "memory.start_again_by_the_page(); print('done')"
    )
    environment = {name: value for name, value in os.environ.items() if name != memory.ALLOCATOR}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, env=environment, check=True
    )
    first, second, last = done.stdout.splitlines()
    assert first.split()[0] == second.split()[0]
    assert (first.split()[1], second.split()[1], last) == ("None", "malloc", "done")


HOLES = """
import asyncio, psutil
from core.server import memory
async def main():
    crowd = [[str(number) * 20] for number in range(400_000)]
    kept = crowd[:: 1000]
    crowd.clear()
    before = psutil.Process().memory_info().rss
    memory.give_back()
    for _ in range(600):  # it is given back a little later
        await asyncio.sleep(0.1)
        after = psutil.Process().memory_info().rss
        if after < before - 30e6:
            break
    print(before, after)
asyncio.run(main())
"""


@needs_glibc
def test_what_lies_between_things_that_stay_is_given_back():
    done = subprocess.run(
        [sys.executable, "-c", HOLES], capture_output=True, text=True, cwd=ROOT,
        env={**os.environ, memory.ALLOCATOR: "malloc"}, check=True,
    )  # fmt: skip
    before, after = map(int, done.stdout.split())
    assert after < before - 30e6
