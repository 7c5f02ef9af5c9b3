"""The compare page's other side: reading in the background, giving up, saving, and the way into a run."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from app.compare_desk import CompareDesk
from app.comparisons import Cancelled, load_all
from app.desk import Desk
from app.tasks import Tasks
from core.runlog.files import LogReadError
from main import main
from tests.analysis.comparable import story, write_run
from widgets.compare_page import ComparePage
from widgets.main_window import MainWindow


@pytest.fixture
def runs(tmp_path) -> list[str]:
    return [str(write_run(tmp_path / f"run_{number}", story(), f"name: study {number}\n")) for number in range(3)]


@pytest.fixture
def page(qtbot) -> ComparePage:
    page = ComparePage()
    qtbot.addWidget(page)
    return page


@pytest.fixture
def opened() -> list[tuple[str, str]]:
    return []


@pytest.fixture
async def desk(page, opened):
    problems: list[str] = []
    tasks = Tasks(lambda sentence, _details: problems.append(sentence))
    yield CompareDesk(page, tasks, lambda path, subject_id: opened.append((path, subject_id)))
    await tasks.cancel_all()
    assert problems == []


async def all_read() -> None:
    """Every reading that was asked for has come to its end."""
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "comparing runs"))


async def test_runs_that_are_chosen_are_read_and_shown(page, desk, runs, opened):
    page.choose(runs)
    await all_read()
    assert page.comparison.names == ("run_0", "run_1", "run_2")
    assert not page.chooser.progress.isVisible()
    page.baseline_wanted.emit(2)
    assert page.comparison.baseline == 2
    page.figures.behind_wanted.emit("never_matched_pct", 1)
    page.people.list.setCurrentRow(0)
    page.people.open_button.click()
    assert opened[0][0] == runs[1]
    assert opened[0][1] in ("e", "f")


async def test_what_is_chosen_later_counts(page, desk, runs):
    page.choose(runs)
    page.choose(runs[1:])
    await all_read()
    assert page.comparison.names == ("run_1", "run_2")


async def test_reading_can_be_given_up(page, desk, runs):
    reading = asyncio.create_task(desk.compare(runs))
    await asyncio.sleep(0)
    page.chooser.cancel.click()
    await reading
    assert page.comparison is None
    assert not page.chooser.progress.isVisible()


async def test_in_privacy_mode_people_have_pseudonyms_and_are_still_found(page, desk, runs, opened):
    await desk.compare(runs)
    page.set_private(True)
    page.figures.behind_wanted.emit("never_matched_pct", 0)
    assert {page.people.list.item(row).text() for row in range(2)} == {"Person 05", "Person 06"}
    assert not any(page.people.list.item(row).toolTip().count(">e<") for row in range(2))
    page.people.open_button.click()
    assert opened[0][1] in ("e", "f")
    page.set_private(False)
    assert not page.people.isVisible()


@pytest.mark.parametrize("private", [False, True])
def test_the_person_is_chosen_in_the_run_that_opens(qtbot, qapp, tmp_path, runs, private):
    window = MainWindow(qapp, QSettings(str(tmp_path / "console.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(window, before_close_func=lambda window: window.close_now())
    window.show()
    desk = Desk(window)
    desk.set_private(private)
    desk.show_recorded(Path(runs[0]))
    desk.choose("e")
    desk.ticker.start()
    qtbot.waitUntil(lambda: window.selection.subject_id == ("Person 05" if private else "e"))
    desk.ticker.stop()


async def test_giving_up_leaves_what_is_shown_and_its_list(page, desk, runs):
    await desk.compare(runs[:2])
    page.choose(runs)
    page.chooser.cancel.click()
    await all_read()
    assert len(page.comparison.runs) == 2
    assert page.chooser.paths == runs[:2]
    assert page.chooser.list.count() == page.chooser.baseline.count() == 2


async def test_a_run_that_cannot_be_read_is_named(page, desk, runs, tmp_path):
    await desk.compare([*runs, str(tmp_path / "gone")])
    assert "gone" in page.banner.text()
    assert page.comparison is None


async def test_the_same_run_under_another_name_is_named(page, desk, runs, tmp_path):
    (tmp_path / "latest").symlink_to(Path(runs[0]).name)
    await desk.compare([*runs, str(tmp_path / "latest")])
    assert "in the list already" in page.banner.text()


@pytest.mark.parametrize("kind", ["csv", "json"])
async def test_what_the_window_saves_is_what_the_command_writes(page, desk, runs, tmp_path, kind):
    await desk.compare(runs)
    await desk.export(kind, tmp_path / f"window.{kind}", redacted=False)
    assert "Wrote" in page.banner.text()
    command = tmp_path / f"command.{kind}"
    assert await asyncio.to_thread(main, ["compare", *runs, f"--{kind}", str(command)]) == 0
    assert (tmp_path / f"window.{kind}").read_bytes() == command.read_bytes()


async def test_a_report_is_saved_redacted_or_not_and_a_bad_folder_is_said(page, desk, runs, tmp_path):
    await desk.compare(runs)
    for redacted in (False, True):
        await desk.export("html", tmp_path / "out.html", redacted=redacted)
        assert ("study 1" in (tmp_path / "out.html").read_text(encoding="utf-8")) is not redacted
    await desk.export("html", tmp_path / "nowhere" / "out.html", redacted=False)
    assert "Could not write" in page.banner.text()


def test_reading_in_processes_is_the_same_as_in_one(runs, monkeypatch):
    from app import comparisons

    alone = load_all([Path(run) for run in runs])
    told: list[int] = []
    monkeypatch.setattr(comparisons, "PROCESSES_FROM_BYTES", 0)
    monkeypatch.setattr(comparisons.os, "cpu_count", lambda: 2)
    apart = load_all([Path(run) for run in runs], told.append)
    assert told[-1] == 3
    for one, other in zip(alone, apart, strict=True):
        assert one.figures["participants"] == other.figures["participants"]
        assert one.curves["waited_s"].values.tolist() == other.curves["waited_s"].values.tolist()
    with pytest.raises(OSError, match="gone"):
        load_all([Path(runs[0]), Path(runs[0]).parent / "gone"])


def test_a_process_that_is_ended_from_outside_is_said(runs, monkeypatch):
    from app import comparisons

    monkeypatch.setattr(comparisons, "PROCESSES_FROM_BYTES", 0)
    monkeypatch.setattr(comparisons.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(comparisons, "load_facts", end_the_process)
    with pytest.raises(LogReadError, match="ended from outside"):
        load_all([Path(run) for run in runs])


def end_the_process(_path: Path, _place: int) -> None:
    """What a process does that the system ends for want of memory."""
    os._exit(9)


def test_reading_stops_between_two_runs(runs):
    from threading import Event

    stop = Event()
    with pytest.raises(Cancelled):
        load_all([Path(run) for run in runs], lambda _done: stop.set(), stop)
