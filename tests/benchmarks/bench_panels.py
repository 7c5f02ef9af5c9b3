"""What a refresh of each panel costs the console, drawing included: `python -m tests.benchmarks.bench_panels`.

Owns the session it makes up: people join, wait, are probed again and again, some play; it goes on in steps of a tenth
of a second while the window, 1920 × 1080 and with every panel in view, is refreshed as the ticker does. A refresh is
the panel's `pull` and the painting that follows from it. Times are the processor's for this thread, so that other
programs count for less; the longest are shown, too. Must not talk to an engine.
"""

from __future__ import annotations

import gc
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from core import events as ev
from core.analysis.summary import percentile
from core.projections.shown import ShownRun
from tests.benchmarks.table import Row
from tests.projections.stories import Story
from widgets.parts.panel import Panel

SIZES: Final = ((1_000, 20_000, 8.0), (10_000, 100_000, 16.0))
TURNS: Final = 200
TURN_S: Final = 0.1
NOTHING_MS: Final = 0.5  # for asking all panels whether they can be seen


class Session:
    """So many people, after so many probes, going on turn by turn; three of five wait, the others play or have played.

    `turn` gives the events of one tenth of a second: in it, one in fifty answers a ping, and probes end as often as
    during the whole run.
    """

    def __init__(self, people: int, probes: int) -> None:
        self._rng = random.Random(7)
        self.shown = ShownRun()
        self._story = Story().begin(150, measured_fresh_s=600.0)
        self._names = [f"P{number:05d}" for number in range(people)]
        self.now_s = 0.0
        self._step_s = 3_000.0 / probes
        for subject_id in self._names:
            self._story.join(subject_id).rtt(subject_id, self._rng.gammavariate(4, 12)).wait(subject_id, wait_s=1e6)
        self._waiting = self._names[: people * 3 // 5]
        others = self._names[people * 3 // 5 :]
        for number in range(probes):
            self.now_s += self._step_s
            self._story.at(self.now_s)
            self._probe()
            if number % (probes // (len(others) // 2)) == 0 and len(others) > 1:
                self._story.matched(others.pop(), others.pop(), 80.0)
            if len(self._story.events) > 20_000:
                self._fold()
        self._fold()

    def turn(self) -> None:
        """One tenth of a second more."""
        for _ in range(len(self._names) // 50):
            self._story.rtt(self._rng.choice(self._names), self._rng.gammavariate(4, 12))
        for _ in range(max(1, round(TURN_S / self._step_s))):
            self._probe()
        self.now_s += TURN_S
        self._story.at(self.now_s)
        self._fold()

    def _probe(self) -> None:
        a, b = self._rng.sample(self._waiting, 2)
        self._story.propose(a, b)
        if self._rng.random() < 0.1:
            self._story.failed(a, b, retry_after_s=60)
        elif self._rng.random() < 0.4:
            self._story.measured(a, b, 150.0 + self._rng.gammavariate(2, 40), retry_after_s=600)
        else:
            self._within_limit(a, b, self._rng.gammavariate(6, 12))

    def _within_limit(self, a: str, b: str, rtt_ms: float) -> None:
        """Measured well, but one of them turned away; so that the waitroom stays full."""
        session = self._story.events[-1]
        assert isinstance(session, ev.ProbeStarted)
        self._story.tell(
            ev.ProbeCompleted, probe_session_id=session.probe_session_id, subject_a=a, subject_b=b,
            rtt_ms=min(rtt_ms, 150.0), accepted=True, scene_id="meet", group_id=session.group_id, max_p2p_rtt_ms=150,
            sent=30, received=30,
        )  # fmt: skip
        self._story.tell(
            ev.MatchRejected, group_id=session.group_id, scene_id="meet", subjects=[a, b], reason="left", worst=[a, b],
            max_p2p_rtt_ms=150, retry_after_s=20.0,
        )  # fmt: skip

    def _fold(self) -> None:
        self.shown.replay(self._story.events)
        self._story.events.clear()


class Cost(NamedTuple):
    """Milliseconds of each refresh of one panel."""

    median: float
    p99: float
    most: float


def measure(people: int, probes: int, turns: int = TURNS) -> dict[str, Cost]:
    """The cost of each panel; "hidden" is that of all panels together while none can be seen."""
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from widgets.main_window import MainWindow

    application = QApplication.instance() or QApplication(sys.argv[:1])
    session = Session(people, probes)
    settings = QSettings(str(Path(tempfile.mkdtemp()) / "bench.ini"), QSettings.Format.IniFormat)
    window = MainWindow(application, settings)
    window.resize(1920, 1080)
    window.show()
    window.show_run(session.shown, live=True)
    parts: dict[str, Callable[[float], None]] = {"run bar": window.run_bar.refresh}
    parts |= {name: panel.pull for name, panel in window.panels.items()}
    for _ in range(12):  # what is slow to import, and the first drawing of everything
        session.turn()
        window.refresh(session.now_s)
        _settle(application, 0.05)
    unseen = [name for name, panel in window.panels.items() if not panel.isVisible()]
    assert not unseen, f"not in view: {unseen}"
    spent: dict[str, list[float]] = {name: [] for name in (*parts, "timeline by match", "hidden")}
    by_match = window.panels["timeline"].by_match_button
    gc.collect()
    gc.freeze()
    for turn in range(turns):
        session.turn()
        swapped = turn % 2 == 1
        if by_match.isChecked() != swapped:
            by_match.setChecked(swapped)
            application.processEvents()
        for name, refresh in parts.items():
            listed = "timeline by match" if name == "timeline" and swapped else name
            spent[listed].append(_timed_ms(application, lambda refresh=refresh: refresh(session.now_s)))
    for dock in window.desk.docks.values():
        dock.hide()
    _settle(application, 0.05)
    for _ in range(turns):
        session.turn()
        spent["hidden"].append(_timed_ms(application, lambda: _pull_all(window.panels.values(), session.now_s)))
    window.close_now()
    return {
        name: Cost(percentile(times, 0.5), percentile(times, 0.99), max(times))
        for name, times in spent.items()
        if times
    }


def _pull_all(panels: Iterable[Panel], now_s: float) -> None:
    for panel in panels:
        panel.pull(now_s)


def _timed_ms(application: object, refresh: Callable[[], object]) -> float:
    """One refresh with the painting that follows, in milliseconds of this thread's processor time."""
    start_s = time.thread_time()
    refresh()
    application.processEvents()  # type: ignore[attr-defined]
    return (time.thread_time() - start_s) * 1000


def _settle(application: object, seconds: float) -> None:
    stop_s = time.perf_counter() + seconds
    while time.perf_counter() < stop_s:
        application.processEvents()  # type: ignore[attr-defined]


def rows(_folder: Path) -> list[Row]:
    """For the table: every panel's 99th percentile at both sizes."""
    told = []
    for people, probes, most_ms in SIZES:
        for name, cost in measure(people, probes).items():
            what = f"refresh of {name}, p99, {people:,} people, {probes:,} probes (baseline: its median)"
            told.append(Row(what, cost.p99, cost.median, "ms", most=NOTHING_MS if name == "hidden" else most_ms))
    return told


@pytest.mark.benchmark
@pytest.mark.parametrize(("people", "probes", "most_ms"), SIZES)
def test_no_refresh_is_felt(qapp: object, people: int, probes: int, most_ms: float) -> None:
    costs = measure(people, probes)
    slow = {name: cost for name, cost in costs.items() if cost.p99 > most_ms}
    assert not slow
    assert costs["hidden"].p99 < NOTHING_MS


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for people, probes, most_ms in SIZES:
        sys.stdout.write(f"{people:,} people, {probes:,} probes (goal: p99 at most {most_ms:g} ms)\n")
        for name, cost in measure(people, probes).items():
            sys.stdout.write(f"  {name:18} median {cost.median:6.2f}  p99 {cost.p99:6.2f}  most {cost.most:6.2f} ms\n")


if __name__ == "__main__":
    main()
