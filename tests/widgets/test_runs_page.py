"""The runs page: what is wanted goes out by its signals, what is known of runs is shown, everything by keyboard."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QComboBox, QFileDialog, QLineEdit, QPlainTextEdit

from core.analysis.runs.run_line import RunLine
from widgets.runs_dialogs import ReportQuestion, TrashQuestion
from widgets.runs_page import RunsPage

RUNS = [
    RunLine(path=f"/logs/run_{n}", run_id=f"run_{n}", started_at=1_795_000_000.0 - n, size_bytes=1_000_000, events=9)
    for n in range(15)
]


@pytest.fixture
def page(qtbot, qapp) -> RunsPage:
    page = RunsPage()
    qtbot.addWidget(page)
    page.resize(1600, 700)
    with qtbot.waitExposed(page):
        page.show()
    page.activateWindow()
    page.show_folder("/logs")
    page.show_looking()
    page.show_lines(RUNS, len(RUNS), len(RUNS))
    page.show_all_found({run.path for run in RUNS})
    page.table.setFocus()
    return page


def choose(page: RunsPage, *rows: int) -> list[str]:
    paths = [RUNS[row].path for row in rows]
    page.choose(paths)
    assert [run.path for run in page.chosen()] == paths
    return paths


def said(signal) -> list[tuple]:
    """What this signal says from here on."""
    heard: list[tuple] = []
    signal.connect(lambda *values: heard.append(values))
    return heard


def dialog(page, kind):
    (found,) = [each for each in page.findChildren(kind) if each.isVisible()]
    return found


def test_enter_and_double_click_open(qtbot, page):
    opened = said(page.open_wanted)
    choose(page, 3)
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    middle = page.table.visualRect(page.model.index(1, 0)).center()
    qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseDClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert opened == [("/logs/run_3",), ("/logs/run_1",)]


@pytest.mark.parametrize(
    ("name", "key", "possible"),
    [("compare", Qt.Key.Key_C, range(2, 13)), ("what_if", Qt.Key.Key_W, range(1, 13))],
)
def test_chosen_runs_are_compared_and_asked_what_if(qtbot, page, name, key, possible):
    wanted = said(getattr(page, f"{name}_wanted"))
    for number in (0, 1, 2, 12, 13):
        paths = choose(page, *range(number))
        wanted.clear()
        qtbot.keyClick(page.table, key, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        assert wanted == ([(paths,)] if number in possible else []), number
        assert page.actions_.by_name[name].isEnabled() == (number in possible)


def test_a_run_that_is_on_stays_where_it_is(page):
    page.show_lines([msgspec.structs.replace(RUNS[0], state="running")])
    choose(page, 0, 1)
    assert not page.actions_.by_name["trash"].isEnabled()
    choose(page, 0)
    assert not page.actions_.by_name["archive"].isEnabled()
    assert page.actions_.by_name["open"].isEnabled()
    choose(page, 1)
    assert page.actions_.by_name["archive"].isEnabled()


def test_the_trash_is_asked_for_by_name_and_cancel_is_the_default(qtbot, page):
    trashed = said(page.trash_wanted)
    paths = choose(page, 2, 4)
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    question = dialog(page, TrashQuestion)
    assert [question.list.item(row).text().split(" · ")[0] for row in range(question.list.count())] == [
        "run_2",
        "run_4",
    ]
    qtbot.keyClick(question, Qt.Key.Key_Return)
    assert trashed == []
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    dialog(page, TrashQuestion).accept()
    assert trashed == [(paths,)]


def test_a_run_is_archived_where_the_operator_says(page):
    wanted, unpacked = said(page.archive_wanted), said(page.unarchive_wanted)
    choose(page, 2)
    page.actions_.by_name["archive"].trigger()
    dialog(page, QFileDialog).fileSelected.emit("/archive/x.zip")
    dialog(page, QFileDialog).close()
    page.actions_.by_name["unarchive"].trigger()
    dialog(page, QFileDialog).fileSelected.emit("/archive/x.zip")
    assert (wanted, unpacked) == ([("/logs/run_2", "/archive/x.zip")], [("/archive/x.zip",)])


def test_how_to_report_is_asked_before_where(page):
    wanted = said(page.report_wanted)
    paths = choose(page, 2, 3)
    page.actions_.by_name["report"].trigger()
    question = dialog(page, ReportQuestion)
    question.redacted.setChecked(True)
    question.accept()
    dialog(page, QFileDialog).fileSelected.emit("/there")
    assert wanted == [(paths, "/there", True)]


def test_the_chosen_runs_are_exported(page):
    wanted = said(page.export_wanted)
    paths = choose(page, 2, 3)
    page.actions_.by_name["export"].trigger()
    assert wanted == [(paths,)]


def test_tags_and_note_go_out_once_when_their_field_is_left(qtbot, page):
    kept = said(page.notes_wanted)
    choose(page, 1)
    page.side.tags.setFocus()
    page.side.tags.setText("pilot,  room 4 ,")
    page.side.note.setFocus()
    page.side.note.setPlainText("loud")
    assert kept == [("/logs/run_1", ["pilot", "room 4"], "")]
    qtbot.keyClick(page.side.note, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert kept[1:] == [("/logs/run_1", ["pilot", "room 4"], "loud")]
    page.show_lines([msgspec.structs.replace(RUNS[1], tags=["pilot", "room 4"], note="loud")])
    choose(page, 2)
    choose(page, 1)
    assert page.side.note.toPlainText() == "loud"
    assert len(kept) == 2


def test_what_was_typed_is_kept_when_another_run_is_chosen_and_not_lost_when_its_run_grows(page):
    kept = said(page.notes_wanted)
    choose(page, 1)
    page.side.note.setPlainText("half a sen")
    page.show_lines([msgspec.structs.replace(RUNS[1], events=10)])
    assert page.side.note.toPlainText() == "half a sen"
    choose(page, 2)
    assert kept == [("/logs/run_1", [], "half a sen")]
    assert page.side.note.toPlainText() == ""


def test_what_is_wrong_is_shown_as_plain_text(page):
    page.show_lines([msgspec.structs.replace(RUNS[0], state="damaged", problems=["line 3: <b>x</b>"])])
    choose(page, 0)
    label = page.side._problems
    assert label.isVisible()
    assert (label.text(), label.textFormat()) == ("Line 3: <b>x</b>", Qt.TextFormat.PlainText)


def test_how_many_and_how_much_is_said(page):
    assert page.foot.words()[0] == "15 runs, 15 MB"
    page.filter.text.setText("run_1")
    assert page.foot.words()[0] == "15 runs, 15 MB · 6 shown"
    page.filter.text.setText("nothing like it")
    assert page._empty.isVisible()
    assert "No run fits" in page._empty.text()


def test_escape_clears_every_filter_and_ctrl_f_leads_to_it(qtbot, page):
    qtbot.keyClick(page.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.filter.text.hasFocus()
    qtbot.keyClicks(page.filter.text, "run_12")
    page.filter.state.setCurrentIndex(1)
    qtbot.keyClick(page.filter.text, Qt.Key.Key_Down)
    assert page.table.hasFocus()
    assert [run.run_id for run in page.chosen()] == ["run_12"]
    qtbot.keyClick(page.table, Qt.Key.Key_Escape)
    assert page.model.rowCount() == 15


def test_tags_there_are_can_be_chosen(page):
    page.show_lines([msgspec.structs.replace(RUNS[3], tags=["pilot"])])
    assert [page.filter.tag.itemText(place) for place in range(page.filter.tag.count())] == ["Any tag", "pilot"]
    page.filter.tag.setCurrentIndex(1)
    assert [run.run_id for run in page.model.shown_runs()] == ["run_3"]


def test_work_can_be_seen_and_stopped(qtbot, page):
    stopped = said(page.stop_wanted)
    assert not page.foot.stop.isVisible()
    page.show_working("Archiving…", 10**10, 3 * 10**10)
    assert page.foot.stop.isVisible()
    choose(page, 1)
    assert not page.actions_.by_name["archive"].isEnabled()
    page.foot.stop.click()
    assert stopped == [()]
    page.show_done("Stopped.")
    assert not page.foot.stop.isVisible()
    assert page.foot.words()[1] == "Stopped."
    assert page.actions_.by_name["archive"].isEnabled()


def test_a_look_that_was_stopped_keeps_what_it_found(page):
    page.show_looking()
    page.show_all_found(None)
    assert page.model.rowCount() == 15
    assert "there may be more" in page.foot.words()[1]
    page.show_looking()
    page.show_all_found({RUNS[0].path})
    assert page.model.rowCount() == 1


def test_everything_has_a_name_and_a_tooltip(page):
    for kind in (QAbstractButton, QLineEdit, QComboBox, QPlainTextEdit):
        for widget in page.findChildren(kind):
            if widget.objectName().startswith("qt_") or not widget.isVisibleTo(page):
                continue
            assert widget.toolTip(), widget
            assert widget.accessibleName() or getattr(widget, "text", str)(), widget
    assert page.table.accessibleName()


def test_no_key_of_the_page_is_one_of_the_windows(window):
    """Qt does nothing at all for a key that two actions want."""
    window.pages.go_to("runs")
    page = window.pages.page("runs")
    own = {action.shortcut().toString() for action in page.actions_.by_name.values()} - {""}
    others = {
        shortcut.toString()
        for action in window.findChildren(QAction)
        if action not in page.actions_.by_name.values()
        for shortcut in action.shortcuts()
    }
    assert len(own) >= 5
    assert own & others == {"Ctrl+Shift+X"}  # which is this page's while it is seen
    assert not window.menus.export.isEnabled()
