"""The runs page on real folders: what is found, kept, packed, put away, and what must not be touched."""

from __future__ import annotations

import asyncio
import sys
import zipfile
from pathlib import Path

import pytest

from app import run_files, runs_desk
from app.runs_desk import Around, RunsDesk
from app.tasks import Tasks
from core.runlog.run_notes import RunNotes, read_notes
from tests.analysis.run_folders import append, log_of, make_run, small_story
from tests.waiting import PATIENCE_S
from widgets.export_dialog import ExportDialog
from widgets.runs_page import RunsPage


@pytest.fixture
def page(qtbot, qapp) -> RunsPage:
    page = RunsPage()
    qtbot.addWidget(page)
    return page


@pytest.fixture
def logs(tmp_path, monkeypatch) -> Path:
    """Three runs, none of them on; the trash is a folder beside."""
    monkeypatch.setattr(runs_desk, "runs_on", on_in)
    monkeypatch.setattr(runs_desk, "_users_cache", lambda: None)
    logs = tmp_path / "logs"
    for number in range(1, 4):
        make_run(logs, f"run_{number}")
    return logs


def on_in(folder: Path) -> list[Path]:
    """As an engine's file would say."""
    mark = folder / "on"
    return [folder / mark.read_text()] if mark.exists() else []


@pytest.fixture
async def desk(page, logs):
    problems: list[str] = []
    tasks = Tasks(lambda sentence, _details: problems.append(sentence))
    desk = RunsDesk(page, tasks, Around(lambda: logs, *([lambda _: None] * 3)))
    await desk.look()
    yield desk
    await tasks.cancel_all()
    assert problems == []


def names(page: RunsPage) -> list[str]:
    return sorted(run.run_id for run in page.model.shown_runs())


def line(page: RunsPage, name: str):
    return next(run for run in page.model.runs() if run.run_id == name)


def said(page: RunsPage) -> str:
    return page.foot.words()[1]


async def test_all_runs_are_found_and_those_that_are_gone_go(page, desk, logs):
    assert names(page) == ["run_1", "run_2", "run_3"]
    assert line(page, "run_2").matches == 1
    (logs / "run_2").rename(logs / "run_9")
    await desk.look()
    assert names(page) == ["run_1", "run_3", "run_9"]


async def test_another_folder_is_listed_as_well(page, desk, logs, tmp_path):
    make_run(tmp_path / "other" / "deep", "run_x")
    page.folder_wanted.emit(str(tmp_path / "other"))
    await asyncio.gather(*desk._tasks._running)
    assert names(page) == ["run_1", "run_2", "run_3", "run_x"]


async def test_a_folder_that_is_not_there_has_no_runs_and_a_file_in_its_place_neither(page, desk, logs):
    desk._around = Around(lambda: logs / "nowhere", *([lambda _: None] * 3))
    await desk.look()
    assert names(page) == []
    assert not (logs / "nowhere").exists()


async def test_a_second_look_gives_the_first_one_up(page, desk):
    looks = [asyncio.create_task(desk.look()) for _ in range(4)]
    await asyncio.gather(*looks)
    assert names(page) == ["run_1", "run_2", "run_3"]
    assert not page.foot.stop.isVisibleTo(page)


async def test_stop_stops_and_keeps_what_was_found(page, desk, logs, monkeypatch):
    monkeypatch.setattr(runs_desk, "TELL_EVERY_S", 0.0)
    show = page.show_lines

    def show_and_stop(*arguments):
        show(*arguments)
        page.foot.stop.click()

    for number in range(10, 60):
        make_run(logs, f"run_{number}")
    monkeypatch.setattr(page, "show_lines", show_and_stop)
    await desk.look()
    assert 3 <= len(names(page)) < 53
    assert "there may be more" in said(page)


async def test_tags_and_note_are_kept_beside_the_run_and_come_back(page, desk, logs):
    log = (logs / "run_1" / "events.jsonl").read_bytes()
    page.choose([str(logs / "run_1")])
    page.notes_wanted.emit(str(logs / "run_1"), ["pilot"], "loud")
    await asyncio.gather(*desk._tasks._running)
    assert read_notes(logs / "run_1") == RunNotes(["pilot"], "loud")
    assert (line(page, "run_1").tags, line(page, "run_1").note) == (["pilot"], "loud")
    assert (logs / "run_1" / "events.jsonl").read_bytes() == log
    (logs / "run_2" / "notes.json").write_text("mine")
    page.choose([str(logs / "run_2")])
    page.side.note.setPlainText("not to be lost")
    page.choose([str(logs / "run_1")])
    await asyncio.gather(*desk._tasks._running)
    assert (page.side.tags.text(), page.side.note.toPlainText()) == ("pilot", "loud")
    page.choose([str(logs / "run_2")])
    assert page.side.note.toPlainText() == "not to be lost"
    assert "does not hold tags and a note" in page.side._kept.text()
    (logs / "run_2" / "notes.json").unlink()
    page.side.hand_on()
    await asyncio.gather(*desk._tasks._running)
    assert read_notes(logs / "run_2").note == "not to be lost"


async def test_a_running_run_grows_while_it_is_looked_at(page, desk, logs, qtbot, monkeypatch):
    monkeypatch.setattr(runs_desk, "LOOK_AT_RUNNING_EVERY_S", 0.01)
    lines = log_of(small_story()).splitlines(keepends=True)
    run = make_run(logs, "run_on", b"".join(lines[:6]))
    (logs / "on").write_text("run_on")
    await desk.look()
    assert (line(page, "run_on").state, line(page, "run_on").matches) == ("running", 0)
    with qtbot.waitExposed(page):
        page.show()
    show, ended = page.show_lines, asyncio.Event()

    def show_and_tell(lines, *more):
        show(lines, *more)
        if lines[0].state == "complete":
            ended.set()

    monkeypatch.setattr(page, "show_lines", show_and_tell)
    attending = asyncio.create_task(desk.attend())
    append(run.path, b"".join(lines[6:]))
    async with asyncio.timeout(PATIENCE_S):
        await ended.wait()
    assert line(page, "run_on").matches == 1
    attending.cancel()


async def test_a_run_is_archived_and_unpacked_again(page, desk, logs, tmp_path):
    file = tmp_path / "a.zip"
    await desk._files.archive(str(logs / "run_1"), str(file))
    assert "checked byte by byte" in said(page)
    assert zipfile.is_zipfile(file)
    await desk._files.unarchive(str(file), logs)
    assert "there already" in said(page)
    (logs / "run_1").rename(tmp_path / "away")
    await desk.look()
    await desk._files.unarchive(str(file), logs)
    assert names(page) == ["run_1", "run_2", "run_3"]
    assert [run.run_id for run in page.chosen()] == ["run_1"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the trash is the system's own there")
async def test_runs_go_to_the_trash_but_not_one_that_is_on(page, desk, logs, tmp_path, monkeypatch):
    put_away: list[str] = []
    monkeypatch.setattr(
        "send2trash.send2trash", lambda path: (put_away.append(path), Path(path).rename(tmp_path / "t"))
    )
    make_run(logs, "run_on", log_of(small_story(ended=False)))
    (logs / "on").write_text("run_on")
    await desk._files.trash([str(logs / "run_1"), str(logs / "run_on")])
    assert put_away == []
    assert "run_on is on: end it first" in said(page)
    await desk._files.archive(str(logs / "run_on"), str(tmp_path / "on.zip"))
    assert not (tmp_path / "on.zip").exists()
    await desk._files.trash([str(logs / "run_1")])
    assert put_away == [str(logs / "run_1")]
    assert "run_1" not in names(page)
    assert "Moved run_1 to the trash" in said(page)


async def test_a_trash_that_refuses_loses_nothing(page, desk, logs, monkeypatch):
    def refuse(_path: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("send2trash.send2trash", refuse)
    await desk._files.trash([str(logs / "run_1")])
    assert "Could not move to the trash" in said(page)
    assert "run_1" in names(page)


async def test_how_to_export_is_asked_for_the_chosen_runs(page, desk, logs):
    page.export_wanted.emit([str(logs / "run_1"), str(logs / "run_2")])
    (dialog,) = page.window().findChildren(ExportDialog)
    assert dialog.isVisible()
    assert dialog.folder.text() == str(logs.parent / "runs_tables")
    dialog.reject()


async def test_a_report_is_written(page, desk, logs, tmp_path):
    paths = [str(logs / "run_1"), str(logs / "run_2")]
    await desk._files.report(paths[:1], str(tmp_path / "r.html"), False)
    assert b"run_1" in (tmp_path / "r.html").read_bytes()


async def test_work_on_files_can_be_stopped(page, desk, logs, tmp_path, monkeypatch):
    (logs / "run_1" / "data").mkdir()
    (logs / "run_1" / "data" / "large").write_bytes(b"x" * 5_000_000)
    monkeypatch.setattr(run_files, "TELL_EVERY_S", 0.0)
    show = page.show_working

    def show_and_stop(*arguments):
        show(*arguments)
        page.foot.stop.click()

    monkeypatch.setattr(page, "show_working", show_and_stop)
    await desk._files.archive(str(logs / "run_1"), str(tmp_path / "a.zip"))
    assert said(page) == "Stopped. Nothing was left half done."
    assert not list(tmp_path.glob("*.zip*"))
