"""The experiment page's files: saved whole, never over somebody else's, and asked about; and the check."""

from __future__ import annotations

import functools
import socket
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.experiment.loader import RESOURCES
from core.server import preflight_network
from tests.app.experiment_stage import STUDY, Stage, on_disk, on_qts_loop, until, write
from widgets.experiment.questions import DiskQuestion, NewExperimentDialog, UnsavedQuestion

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
BUNDLED = RESOURCES / "experiments" / "quick_start" / "experiment.yaml"


# --- files ------------------------------------------------------------------------------------------------------------


@on_qts_loop
async def test_save_writes_the_file_with_its_own_line_ends(stage: Stage, study: Path):
    write(study, STUDY.replace("\n", "\r\n").encode())
    await stage.open(study)
    await stage.type_into("90", "matching", "max_p2p_rtt_ms")
    await stage.keys(Qt.Key.Key_S, CONTROL)
    await until(lambda: not stage.page.dirty)
    assert on_disk(study) == STUDY.replace("150", "90").replace("\n", "\r\n")
    await until(lambda: stage.chosen == [str(study)])
    assert "unsaved" not in stage.page.bar.state()
    assert [file.name for file in study.parent.iterdir()] == ["study.yaml"]


@on_qts_loop
async def test_what_is_typed_and_not_yet_entered_is_saved_too(stage: Stage, study: Path):
    stage.page.form.go_to(("name",))
    QTest.keyClicks(stage.field("name").editor, "my_")
    await stage.keys(Qt.Key.Key_S, CONTROL)
    await until(lambda: on_disk(study) == STUDY.replace("name: study", "name: my_study"))


@on_qts_loop
async def test_what_another_program_wrote_is_kept_when_saving(stage: Stage, study: Path):
    await stage.type_into("90", "matching", "max_p2p_rtt_ms")
    write(study, b"name: theirs\n")
    await stage.keys(Qt.Key.Key_S, CONTROL)
    question = await until(lambda: stage.question(DiskQuestion))
    assert on_disk(study) == "name: theirs\n"
    question.choices["keep both"].click()
    await until(lambda: not stage.page.dirty)
    assert on_disk(study) == STUDY.replace("150", "90")
    assert on_disk(study.with_name("study.theirs.yaml")) == "name: theirs\n"


@on_qts_loop
async def test_theirs_can_be_loaded_and_undo_brings_mine_back(stage: Stage, study: Path):
    await stage.type_into("90", "matching", "max_p2p_rtt_ms")
    theirs = STUDY.replace("# our study", "# their study")
    write(study, theirs.encode())
    stage.page.editor.insertPlainText(" ")
    stage.page.editor.undo()
    stage.page.editor.edited.emit()
    await until(stage.page.banner.isVisible)
    assert "Another program has changed this file" in stage.page.banner.text()
    stage.page.load_theirs_wanted.emit()
    await until(lambda: stage.text == theirs)
    await until(lambda: not stage.page.dirty)
    await stage.keys(Qt.Key.Key_Z, CONTROL, into=stage.page.editor)
    assert stage.text == STUDY.replace("150", "90") and stage.page.dirty


@on_qts_loop
async def test_revert_goes_back_to_the_file_and_undo_brings_the_changes_back(stage: Stage, study: Path):
    await stage.type_into("90", "matching", "max_p2p_rtt_ms")
    await stage.click(stage.page.bar.revert)
    await until(lambda: stage.text == STUDY)
    await stage.click(stage.page.bar.undo)
    assert "max_p2p_rtt_ms: 90" in stage.text


@on_qts_loop
async def test_a_file_that_cannot_be_written_stays_unsaved_and_whole(stage: Stage, study: Path):
    await stage.type_into("90", "matching", "max_p2p_rtt_ms")
    moved = study.parent.with_name(f"{study.parent.name}_gone")
    study.parent.rename(moved)
    await stage.keys(Qt.Key.Key_S, CONTROL)
    await until(stage.page.banner.isVisible)
    assert "cannot be written" in stage.page.banner.text() and stage.page.dirty
    assert on_disk(moved / "study.yaml") == STUDY
    moved.rename(study.parent)


@on_qts_loop
async def test_a_new_experiment_is_a_copy_with_its_own_name(stage: Stage):
    await stage.open("quick_start")
    assert "comes with Greenroom" in stage.page.bar.state() and not stage.page.bar.save.isEnabled()
    await stage.keys(Qt.Key.Key_N, CONTROL)
    dialog = stage.question(NewExperimentDialog)
    dialog.folder.setText(str(stage.folder))
    dialog.name.setText("../x")
    assert not dialog.make.isEnabled()
    dialog.name.setText("pilot")
    dialog.make.click()
    made = stage.folder / "pilot" / "experiment.yaml"
    await until(lambda: stage.desk.path == made)
    assert on_disk(made) == on_disk(BUNDLED).replace("name: quick_start", "name: pilot")
    assert (stage.folder / "pilot" / "welcome.md").is_file()
    await until(lambda: stage.chosen == [str(made)])


@on_qts_loop
async def test_a_bundled_file_is_never_written_and_its_changes_go_into_a_copy(stage: Stage):
    before = on_disk(BUNDLED)
    await stage.open("quick_start")
    await stage.type_into("75", "scenes", 1, "duration_s")
    await stage.keys(Qt.Key.Key_S, CONTROL)
    await until(stage.page.banner.isVisible)
    await stage.keys(Qt.Key.Key_S, CONTROL, SHIFT)
    dialog = stage.question(NewExperimentDialog)
    dialog.folder.setText(str(stage.folder))
    dialog.make.click()
    made = stage.folder / "my_quick_start" / "experiment.yaml"
    await until(lambda: stage.desk.path == made)
    assert "duration_s: 75" in on_disk(made) and not stage.page.dirty
    assert on_disk(BUNDLED) == before


@on_qts_loop
async def test_a_copy_into_a_folder_that_is_there_is_refused(stage: Stage):
    await stage.open("quick_start")
    (stage.folder / "mine").mkdir()
    stage.page.new_wanted.emit("quick_start", str(stage.folder / "mine"))
    await until(stage.page.banner.isVisible)
    assert "Give another name" in stage.page.banner.text() and stage.page.file.title == "quick_start"


@on_qts_loop
async def test_save_as_goes_on_with_the_new_file(stage: Stage, study: Path):
    await stage.type_into("90", "matching", "max_p2p_rtt_ms")
    other = study.with_name("other.yaml")
    stage.page.save_as_wanted.emit(str(other))
    await until(lambda: stage.desk.path == other and not stage.page.dirty)
    assert on_disk(study) == STUDY and "max_p2p_rtt_ms: 90" in on_disk(other) and stage.page.file.title == "other.yaml"


@on_qts_loop
async def test_a_file_that_is_no_text_is_said_and_nothing_can_be_done_to_it(stage: Stage, study: Path):
    write(study, b"name: \xff\xfe")
    await stage.open(study)
    assert "not UTF-8" in stage.page.banner.text() and stage.text == ""
    assert not stage.page.bar.save_as.isEnabled() and not stage.page.editor.isEnabled()


@on_qts_loop
async def test_what_was_being_typed_does_not_get_into_another_file(stage: Stage, study: Path):
    stage.page.form.go_to(("name",))
    QTest.keyClicks(stage.field("name").editor, "my_")
    await stage.open("quick_start")
    assert stage.field("name").editor.text() == "quick_start" and not stage.page.dirty


# --- leaving ----------------------------------------------------------------------------------------------------------


@on_qts_loop
async def test_opening_another_asks_about_what_is_not_saved(stage: Stage, study: Path):
    other = study.with_name("other.yaml")
    other.write_text(STUDY)
    await stage.type_into("90", "matching", "max_p2p_rtt_ms")
    for answer, is_open in (("stay", study), ("save", other)):
        stage.page.open_wanted.emit(str(other))
        question = await until(lambda: stage.question(UnsavedQuestion))
        question.choices[answer].click()
        await until(lambda: stage.question(UnsavedQuestion) is None)
        await until(lambda is_open=is_open: stage.desk.path == is_open)
    assert "max_p2p_rtt_ms: 90" in on_disk(study)


@on_qts_loop
async def test_going_to_another_page_reminds_of_what_is_not_saved(stage: Stage, study: Path):
    said: list[str] = []
    await stage.desk.tell_unsaved(said.append)
    assert said == []
    stage.page.form.go_to(("name",))
    QTest.keyClicks(stage.field("name").editor, "my_")
    await stage.desk.tell_unsaved(said.append)
    assert said == ["The changes to study.yaml are not saved. They stay on the page Experiment (F3)."]


@on_qts_loop
async def test_start_asks_about_what_is_not_saved(stage: Stage, study: Path):
    await stage.click(stage.page.bar.start)
    await until(lambda: stage.started == 1)
    await stage.type_into("90", "matching", "max_p2p_rtt_ms")
    for answer, started in (("stay", 1), ("discard", 2)):
        await stage.click(stage.page.bar.start)
        question = await until(lambda: stage.question(UnsavedQuestion))
        question.choices[answer].click()
        await until(lambda: stage.question(UnsavedQuestion) is None)
        await until(lambda started=started: stage.started == started)
    assert on_disk(study) == STUDY and stage.page.dirty


@on_qts_loop
async def test_a_run_that_is_on_is_said_and_cannot_be_started_again(stage: Stage, study: Path):
    stage.desk.tell_run(on=True)
    assert "counts for the next one" in stage.page.banner.text() and not stage.page.bar.start.isEnabled()
    stage.desk.tell_run(on=False)
    assert not stage.page.banner.isVisible() and stage.page.bar.start.isEnabled()


# --- looking ----------------------------------------------------------------------------------------------------------


@on_qts_loop
async def test_check_looks_at_everything_and_gives_a_verdict(stage: Stage, study: Path):
    await stage.keys(Qt.Key.Key_Return, CONTROL)
    checks = stage.page.checks
    await until(lambda: checks.isVisible() and checks.again.isVisible())
    assert "the doors" in checks.verdict.text().lower()
    assert "Runs are kept in" in checks.said("logs") and "is taken" in checks.said("port")
    assert not (stage.folder / "logs").exists()
    await stage.type_into("90", "matching", "max_p2p_rtt_ms")
    assert "has changed since" in checks.verdict.text()


@on_qts_loop
async def test_check_of_a_faulty_text_stops_at_that(stage: Stage, study: Path):
    await stage.type_into("sixty", "scenes", 1, "duration_s")
    await stage.click(stage.page.bar.check)
    await until(lambda: "Do not open the doors" in stage.page.checks.verdict.text())


@on_qts_loop
async def test_check_can_be_called_off(stage: Stage, study: Path, monkeypatch: pytest.MonkeyPatch):
    patient = functools.partial(preflight_network.ice_server, timeout_s=60.0)  # till long after it was called off
    monkeypatch.setattr(preflight_network, "ice_server", patient)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        url = f"stun:127.0.0.1:{mute.getsockname()[1]}"
        stage.page.editor.change_to(f"{STUDY}ice_servers: [{{urls: '{url}'}}]\n")
        await stage.desk._read()
        await stage.click(stage.page.bar.check)
        checks = stage.page.checks
        await until(lambda: checks.isVisible() and "is taken" in checks.said("port"))
        assert checks.said(f"ice {url}") == "looking…"
        await stage.click(checks.cancel)
        await until(checks.again.isVisible)
    assert checks.verdict.text().startswith("Cancelled")
