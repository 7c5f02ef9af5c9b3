"""The export dialog and what stands behind it: what is chosen is written, in a thread, told and stopped."""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget

from app import export_desk
from app.tasks import Tasks
from core.analysis.exporting.export import TABLES
from core.analysis.exporting.export_folder import MARK
from tests.analysis import small_run
from widgets.export_dialog import ExportChoice, ExportDialog


@pytest.fixture
def run(tmp_path) -> Path:
    return small_run.write(tmp_path / "logs" / "run_a")


@pytest.fixture
def dialog(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    yield ExportDialog("run_a", Path("somewhere"), window)
    window.close()


@pytest.fixture
def held(monkeypatch) -> Event:
    """The real export, which begins only once this is set: so small a run would be written before it can be stopped."""
    go, export_runs = Event(), export_desk.export_runs

    def hold(*arguments):
        go.wait()
        return export_runs(*arguments)

    monkeypatch.setattr(export_desk, "export_runs", hold)
    return go


def choose(tmp_path, **changes) -> ExportChoice:
    return ExportChoice(**{"folder": tmp_path / "out", "format": "csv", "tables": TABLES, "redacted": False} | changes)


def test_the_dialog_says_what_is_chosen(dialog, qtbot):
    dialog.format.setCurrentIndex(dialog.format.findData("parquet"))
    dialog.tables["events"].click()
    dialog.redacted.click()
    dialog.folder.setText(" /tmp/x ")
    with qtbot.waitSignal(dialog.wanted) as wanted:
        dialog.export.click()
    tables = tuple(name for name in TABLES if name != "events")
    assert wanted.args == [ExportChoice(Path("/tmp/x"), "parquet", tables, redacted=True)]


def test_nothing_to_write_cannot_be_asked_for(dialog):
    for box in dialog.tables.values():
        box.setChecked(False)
    assert not dialog.export.isEnabled()
    dialog.tables["runs"].setChecked(True)
    assert dialog.export.isEnabled()
    dialog.folder.setText("  ")
    assert not dialog.export.isEnabled()


def test_while_it_writes_escape_stops_and_the_dialog_stays(dialog, qtbot):
    dialog.show()
    dialog.export.click()
    assert not dialog.folder.isEnabled()
    with qtbot.waitSignal(dialog.stop_wanted):
        dialog.reject()
    assert dialog.isVisible()
    dialog.show_problem("Stopped.")
    assert (dialog.says.text(), dialog.export.isEnabled()) == ("Stopped.", True)
    dialog.reject()
    assert not dialog.isVisible()


def test_every_field_has_a_name_and_a_tip(dialog):
    fields = [*dialog.tables.values(), dialog.format, dialog.redacted, dialog.folder, dialog.browse]
    for field in (*fields, dialog.export, dialog.close_button):
        assert field.toolTip()
        assert field.accessibleName() or field.text()


async def test_what_is_chosen_is_written_and_told(dialog, run, tmp_path):
    desk = export_desk.ExportDesk(dialog, [run], Tasks(print))
    dialog.export.setEnabled(True)
    await desk.export(choose(tmp_path, tables=("probes", "waits"), redacted=True))
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"probes.csv", "waits.csv", MARK}
    assert "person_1" in (tmp_path / "out" / "probes.csv").read_text()
    assert dialog.says.text().startswith("7 rows in 2 tables are in ")
    assert dialog.export.isHidden()


async def test_a_problem_is_said_and_can_be_mended(dialog, run, tmp_path):
    desk = export_desk.ExportDesk(dialog, [run], Tasks(print))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    await desk.export(choose(tmp_path))
    assert "holds something else" in dialog.says.text()
    await desk.export(choose(tmp_path, folder=tmp_path / "other"))
    assert (tmp_path / "other" / MARK).exists()


async def test_stopped_nothing_is_left(dialog, run, tmp_path, held):
    desk = export_desk.ExportDesk(dialog, [run], Tasks(print))
    writing = asyncio.ensure_future(desk.export(choose(tmp_path)))
    await asyncio.sleep(0)  # it has begun
    desk.stop()
    held.set()
    await writing
    assert "Stopped" in dialog.says.text()
    assert [path.name for path in tmp_path.iterdir()] == ["logs"]


async def test_a_dialog_that_is_gone_stops_it_and_is_told_nothing(dialog, run, tmp_path, held):
    desk = export_desk.ExportDesk(dialog, [run], Tasks(print))
    writing = asyncio.ensure_future(desk.export(choose(tmp_path)))
    await asyncio.sleep(0)
    dialog.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    held.set()
    await writing
    assert not (tmp_path / "out").exists()


def test_it_suggests_a_folder_that_is_not_there(qtbot, run, tmp_path):
    window = QWidget()
    qtbot.addWidget(window)
    (tmp_path / "run_a_tables").mkdir()
    dialog = export_desk.ask([run], window, Tasks(print))
    assert dialog.folder.text() == str(tmp_path / "run_a_tables_2")
    assert dialog.isVisible()
