"""What a refresh of the waitroom costs the console: `python -m tests.benchmarks.bench_waitroom`.

Owns the crowd it makes up: all wait, each probed again and again with random others, most of it refused and still
fresh; each second somebody leaves, somebody comes and server RTTs arrive. Times are the processor's, so that other
programs count for less. The refresh (rows, order, what is announced) has the goal; painting what is in view is beside
it, with the lines worked out there, and has a bare table of fixed words as its baseline. Must not talk to an engine.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterator

from core.analysis.summary import percentile
from core.projections.shown import ShownRun
from tests.benchmarks.table import Row, show
from tests.projections.stories import Story

SIZES = ((1_000, 20_000, 8.0), (10_000, 100_000, 16.0))
TURNS = 120


def crowd(people: int, probes: int) -> ShownRun:
    """So many wait, after so many probes."""
    rng = random.Random(5)
    shown = ShownRun()
    story = Story().begin(150, measured_fresh_s=1e6)
    for number in range(people):
        story.at(number * 0.01).join(f"P{number}").rtt(f"P{number}", rng.gammavariate(4, 12))
        story.wait(f"P{number}", wait_s=1e6)
    story.at(people * 0.01)
    for _ in range(probes):
        a, b = rng.sample(range(people), 2)
        story.propose(f"P{a}", f"P{b}").measured(f"P{a}", f"P{b}", rng.uniform(151, 400), retry_after_s=1e6)
        if len(story.events) > 50_000:
            shown.replay(story.events)
            story.events.clear()
    shown.replay(story.events)
    return shown


def a_second(story: Story, rng: random.Random, turn: int, people: int) -> Story:
    """What happens while the operator looks on."""
    story.join(f"N{turn}").wait(f"N{turn}", wait_s=1e6).leave(f"P{rng.randrange(people)}")
    for _ in range(20):
        story.rtt(f"P{rng.randrange(people)}", rng.gammavariate(4, 12))
    a, b = rng.sample(range(people), 2)
    return story.propose(f"P{a}", f"P{b}").measured(f"P{a}", f"P{b}", 300.0, retry_after_s=1e6)


def refreshes_ms(people: int, probes: int, *, chosen: bool) -> Iterator[tuple[float, float]]:
    """Of each refresh: its own time, and the painting's."""
    from PySide6.QtWidgets import QApplication

    from widgets.waitroom_panel import WaitroomPanel

    application = QApplication.instance() or QApplication(sys.argv[:1])
    shown = crowd(people, probes)
    panel = WaitroomPanel(shown.why_not, controls_enabled=True)
    panel.resize(900, 900)
    panel.show()
    now_s = shown.run.last_elapsed_s
    panel.pull(now_s)
    if chosen:
        panel.choose("P0")
    application.processEvents()
    rng = random.Random(6)
    for turn in range(TURNS):
        now_s += 1.0
        shown.replay(a_second(Story().at(now_s), rng, turn, people).events)
        begin = time.thread_time()
        panel.pull(now_s)
        pulled = time.thread_time()
        application.processEvents()
        yield (pulled - begin) * 1000, (time.thread_time() - pulled) * 1000
    panel.close()


def bare_table_ms(people: int) -> float:
    """Painting a plain table of as many rows and columns after a change of everything, median."""
    from PySide6.QtGui import QStandardItem, QStandardItemModel
    from PySide6.QtWidgets import QApplication, QTableView

    application = QApplication.instance() or QApplication(sys.argv[:1])
    model = QStandardItemModel()
    for number in range(people):
        model.appendRow([QStandardItem(f"P{number} {column}") for column in range(8)])
    table = QTableView()
    table.setModel(model)
    table.resize(900, 900)
    table.show()
    application.processEvents()
    spent = []
    for _ in range(TURNS):
        begin = time.thread_time()
        model.dataChanged.emit(model.index(0, 0), model.index(people - 1, 7))
        application.processEvents()
        spent.append((time.thread_time() - begin) * 1000)
    table.close()
    return percentile(spent, 0.5) or 0.0


def rows(_folder: object = None) -> list[Row]:
    """For the table of benchmarks."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    table = []
    for people, probes, most_ms in SIZES:
        bare_ms = bare_table_ms(people)
        for chosen in (False, True):
            pulled, painted = zip(*refreshes_ms(people, probes, chosen=chosen), strict=True)
            what = f"waitroom, {people:,} waiting, {probes:,} probes{', one chosen' if chosen else ''}"
            table.append(Row(f"{what}: refresh, median", percentile(pulled, 0.5) or 0.0, None, "ms", most=most_ms))
            table.append(Row(f"{what}: refresh, p99", percentile(pulled, 0.99) or 0.0, None, "ms", most=most_ms))
            table.append(
                Row(f"{what}: painting, median (a bare table)", percentile(painted, 0.5) or 0.0, bare_ms, "ms")
            )
    return table


if __name__ == "__main__":
    show(rows())
