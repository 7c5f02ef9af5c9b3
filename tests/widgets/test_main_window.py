"""The window: start page, run, recorded run, closing, layout, theme, and what must wait until it is painted."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QWidget

from core import events as ev
from tests.projections.stories import Story, busy_session
from widgets.dialogs import CloseQuestion, ProblemDialog
from widgets.main_window import MainWindow
from widgets.palette import DARK, LIGHT
from widgets.start_page import PreviousRun


def click(qtbot, button) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def heard(window):
    """Every wish the window makes, in order."""
    wishes: list[tuple] = []
    for name in (
        "start_wanted", "end_wanted", "threshold_wanted", "intake_wanted",
        "open_run_wanted", "experiment_chosen", "leave_run_wanted", "resume_wanted", "close_wanted",
    ):  # fmt: skip
        getattr(window, name).connect(lambda *args, name=name: wishes.append((name, *args)))
    return wishes


def test_the_start_page_says_what_to_do_and_start_asks_for_it(qtbot, window, heard):
    page = window.start_page
    assert page.isVisible()
    assert "Press Start" in page._lead.text()
    assert page.start_button.hasFocus()
    qtbot.keyClick(page.start_button, Qt.Key.Key_Space)
    assert heard == [("start_wanted", "quick_start")]


def test_a_faulty_experiment_cannot_be_started_and_says_why(window):
    window.show_experiment("broken.yaml", "broken.yaml", "", "broken.yaml, line 3: <b>what</b> is this?")
    assert not window.start_page.start_button.isEnabled()
    assert "line 3" in window.start_page._problem.text()
    window.show_experiment("fine.yaml", "Fine")
    assert window.start_page.start_button.isEnabled()


def test_a_faulty_experiment_leads_to_the_page_that_mends_it(qtbot, window):
    window.show_experiment("broken.yaml", "broken.yaml", "", "broken.yaml, line 3: what is this?")
    assert window.start_page.edit_button.hasFocus()
    qtbot.keyClick(window.start_page.edit_button, Qt.Key.Key_Space)
    assert window.pages.seen == "experiment"


def test_nothing_else_can_be_started_while_a_run_starts(window):
    window.show_starting()
    assert not window.start_page.start_button.isEnabled()
    window.show_problem("It did not start.")
    assert window.start_page.start_button.isEnabled()


def test_a_previous_run_opens_by_double_click_and_by_enter(qtbot, window, heard):
    newer, torn = PreviousRun("/logs/b", "run_b", "x", 1e9), PreviousRun("/logs/a", "run_a", problem="torn")
    window.show_previous_runs([newer, torn])
    runs = window.start_page.runs
    place = runs.visualItemRect(runs.item(1, 0)).center()
    qtbot.mouseClick(runs.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(runs.viewport(), Qt.MouseButton.LeftButton, pos=place)
    runs.setCurrentCell(0, 0)
    qtbot.keyClick(runs, Qt.Key.Key_Return)
    assert heard == [("open_run_wanted", "/logs/a"), ("open_run_wanted", "/logs/b")]


def test_start_is_as_large_with_the_focus_as_without(qtbot, window):
    page = window.start_page
    sizes = set()
    for button in (page.start_button, page.choose_button):
        button.setFocus()
        qtbot.waitUntil(button.hasFocus)
        for text in ("", "&Start"):  # a button asks for its size anew when its text changes
            page.start_button.setText(text)
        sizes.add(page.start_button.sizeHint().toTuple())
    assert len(sizes) == 1


def test_how_to_open_a_run_is_said_where_there_are_some(window):
    for runs in ([PreviousRun("/logs/b", "run_b", "x", 1e9)], []):
        window.show_previous_runs(runs)
        assert window.start_page._how_to_open.isVisible() == bool(runs)


def test_a_live_run_fills_every_panel(qtbot, window, folded):
    window.show_run(folded(busy_session()), live=True)
    qtbot.waitUntil(lambda: window.panels["timeline"].plot is not None and window.panels["probes"].plot is not None)
    window.refresh(300.0)
    assert window.windowTitle() == "run_20261121_140302 – Greenroom"
    assert window.panels["activity"].model.rowCount() > 50
    assert sum(window.panels["probes"]._probes.counts) > 10
    assert window.run_bar.tiles["done"].value() > 10
    assert all(panel.isVisible() for panel in window.panels.values())
    assert not window.banner.isVisible()


def test_a_recorded_run_says_so_and_leads_back(qtbot, window, folded, heard):
    window.show_run(folded(busy_session()), live=False)
    window.refresh(400.0)
    assert "Recorded run" in window.banner.text()
    assert not window.panels["probes"].limit.isEnabled()
    assert not window.run_bar.buttons.end.isVisible()
    click(qtbot, window.banner._action)
    assert heard == [("leave_run_wanted",)]
    window.show_empty()
    assert window.start_page.isVisible()
    assert not window.banner.isVisible()


def test_wishes_of_the_panels_reach_the_window(qtbot, window, folded, heard):
    window.show_run(folded(Story().begin()), live=True)
    window.refresh(1.0)
    window.panels["probes"].threshold_wanted.emit(99)
    click(qtbot, window.run_bar.buttons.doors)
    assert heard == [("threshold_wanted", 99), ("intake_wanted", False)]


def test_closing_is_a_wish_and_stay_is_the_answer_by_default(qtbot, window, folded, heard):
    window.show_run(folded(busy_session()), live=True)
    window.close()
    assert heard == [("close_wanted",)]
    assert window.isVisible()
    answers = []
    question = window.ask_close()
    question.answered.connect(answers.append)
    assert question.defaultButton().text() == "&Stay here"
    qtbot.keyClick(question, Qt.Key.Key_Escape)
    assert answers == ["stay"]


@pytest.mark.parametrize(
    ("words", "answer"), [("&Keep it running", "keep"), ("&End the run…", "end"), ("&Stay here", "stay")]
)
def test_each_button_of_the_question_is_one_answer(qtbot, window, words, answer):
    answers = []
    question = CloseQuestion("run_1", 8, 2, window)
    question.answered.connect(answers.append)
    question.open()
    click(qtbot, next(button for button in question.buttons() if button.text() == words))
    assert answers == [answer]


def test_a_lost_engine_is_said_at_once_and_takes_the_controls_along(qtbot, window, folded, heard):
    window.show_run(folded(Story().begin().join("A")), live=True)
    window.refresh(2.0)
    window.show_engine_lost("The engine has stopped.", "exit code -9")
    window.refresh(3.0)
    assert window.banner.text() == "The engine has stopped."
    assert not window.run_bar.buttons.end.isVisible()
    assert not window.panels["probes"].limit.isEnabled()
    assert window.run_bar.state.text() == "Engine stopped"
    click(qtbot, window.banner._details)
    [dialog] = window.findChildren(ProblemDialog)
    assert "exit code -9" in dialog.details.toPlainText()
    dialog.close()
    assert not window.banner._other.isVisible()
    click(qtbot, window.banner._action)
    assert heard == [("leave_run_wanted",)]


def test_a_run_that_broke_off_can_be_gone_on_with(qtbot, window, folded, heard):
    window.show_run(folded(Story().begin().join("A")), live=True)
    window.show_engine_lost("The engine has stopped.", may_resume=True)
    click(qtbot, window.banner._other)
    window.show_run(folded(Story().begin().join("A")), live=False)
    assert not window.banner._other.isVisible()
    window.show_recorded("", "", may_resume=True)
    assert "It broke off" in window.banner.text()
    click(qtbot, window.banner._other)
    assert heard == [("resume_wanted",)] * 2
    window.show_run(folded(Story().begin().join("A")), live=True)
    assert not window.banner.isVisible()


def test_an_engine_that_cannot_be_reached_is_a_warning_until_it_can(window, folded):
    window.show_run(folded(busy_session()), live=True)
    window.refresh(10.0)
    window.show_line_lost()
    assert "until it answers again" in window.banner.text() and window.banner.property("tone") == "warning"
    assert window.run_bar.buttons.end.isVisible()  # for when it answers again
    window.clear_banner()
    assert not window.banner.isVisible()


def test_a_refusal_gives_its_reason_and_can_be_hidden(qtbot, window, folded):
    window.show_run(folded(Story().begin()), live=True)
    window.show_refusal("the run is ending")
    assert window.banner.text() == "Not done: the run is ending"
    click(qtbot, window.banner._dismiss)
    assert not window.banner.isVisible()


def test_the_menu_offers_only_what_the_run_allows(window, folded):
    assert window.menus.start.isEnabled()
    assert not window.menus.drain.isEnabled()
    shown = folded(Story().begin())
    window.show_run(shown, live=True)
    window.refresh(1.0)
    assert not window.menus.start.isEnabled()
    assert window.menus.drain.isEnabled()
    assert window.menus.add.isEnabled()
    shown.apply(ev.RunEnded(reason="drained"))
    window.refresh(2.0)
    assert window.menus.start.isEnabled()
    assert not window.menus.now.isEnabled()


def test_the_layout_is_kept_and_the_usual_one_can_be_had_back(qtbot, qapp, window, settings, folded):
    window.show_run(folded(Story().begin()), live=True)
    for key in (Qt.Key.Key_2, Qt.Key.Key_W):
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
    assert not window.desk.docks["activity"].isVisible()
    window.resize(900, 640)
    window.close_now()
    again = MainWindow(qapp, settings)
    qtbot.addWidget(again, before_close_func=lambda window: window.close_now())
    again.show_run(folded(Story().begin()), live=True)
    again.show()
    assert again.desk.docks["activity"].isHidden()
    assert again.size() == window.size()
    again.activateWindow()
    qtbot.waitUntil(again.isActiveWindow)
    qtbot.keyClick(again, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert not again.desk.docks["activity"].isHidden()


def test_the_theme_is_chosen_kept_and_reaches_the_plots(qtbot, window, settings, folded):
    window.show_run(folded(Story().begin()), live=True)
    qtbot.waitUntil(lambda: window.panels["probes"].plot is not None)
    for choice, colours in (("dark", DARK), ("light", LIGHT)):
        window.menus.themes[choice].trigger()
        assert settings.value("window/theme") == choice
        assert window.palette().color(QPalette.ColorRole.Window).name() == colours.window
        plot = window.panels["probes"].plot
        qtbot.waitUntil(lambda plot=plot, colours=colours: plot.backgroundBrush().color().name() == colours.surface)


def test_every_button_and_action_says_what_it_does(window, folded):
    window.show_run(folded(Story().begin()), live=True)
    window.refresh(1.0)
    for button in window.findChildren(QAbstractButton):
        if button.isVisibleTo(window) and button.objectName() != "qt_menubar_ext_button":
            assert button.toolTip(), button.text()
            assert button.text() or button.accessibleName()
    for menu in window.menuBar().actions():
        assert all(action.toolTip() for action in menu.menu().actions() if not action.isSeparator())


def test_no_label_takes_its_text_for_markup(window, folded):
    window.show_run(folded(Story().begin()), live=True)
    window.show_problem("<b>bold</b>", "<i>details</i>")
    labels = [label for label in window.findChildren(QLabel) if not isinstance(label.window(), QDialog) or label.text()]
    assert labels
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}


def test_in_a_narrow_window_the_link_gives_way_but_stays_at_hand(qtbot, window, folded):
    window.show_run(folded(Story().begin()), live=True)
    bar = window.run_bar
    for width in (1280, 900, 1280):
        window.resize(width, 700)
        window.refresh(1.0)
        qtbot.waitUntil(lambda width=width: bar.width() == width)
        assert bar.join.field.isVisible() == (width == 1280)
        assert bar.join.copy_button.isVisible()
        assert bar.join.qr_button.isVisible()
        qtbot.waitUntil(lambda width=width: bar.layout().minimumSize().width() <= width)
        copy, code = bar.join.copy_button.geometry(), bar.join.qr_button.geometry()
        assert not copy.intersects(code)
    assert bar.join.copy_button.text() == "Copy"


def test_the_window_fits_a_small_screen(window, folded):
    window.show_run(folded(busy_session()), live=True)
    window.resize(1280, 800)
    window.refresh(300.0)
    assert window.minimumSizeHint().width() <= 1280
    assert window.minimumSizeHint().height() <= 768


LAZY = """
import sys
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from core.projections.shown import ShownRun
from tests.projections.stories import Story
from widgets.main_window import MainWindow
application = QApplication([])
window = MainWindow(application, QSettings(sys.argv[1], QSettings.Format.IniFormat))
shown = ShownRun()
shown.replay(Story().begin().events)
if sys.argv[2] == "run":
    window.show_run(shown, live=True)
painted = []
real = MainWindow.paintEvent
heavy = ("pyqtgraph", "qtawesome", "segno", "socketio", "aiohttp", "scipy", "numpy", "PySide6.QtWebEngineCore")
def paint(self, event):
    painted.append([name for name in heavy if name in sys.modules])
    real(self, event)
MainWindow.paintEvent = paint
window.first_painted.connect(lambda: application.exit(0))
window.show()
application.exec()
print(painted[0])
"""


@pytest.mark.parametrize("what", ["empty", "run"])
def test_what_is_slow_to_import_waits_for_the_first_paint(tmp_path, what):
    done = subprocess.run(
        [sys.executable, "-c", LAZY, str(tmp_path / "x.ini"), what],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.strip() == "[]", done.stderr


def test_a_refresh_with_nothing_new_draws_nothing(qtbot, window, folded, monkeypatch):
    window.show_run(folded(busy_session()), live=True)
    qtbot.waitUntil(lambda: window.panels["timeline"].plot is not None)
    window.refresh(300.0)
    calls = []
    monkeypatch.setattr(window.panels["activity"], "refresh", calls.append)
    window.refresh(300.1)
    assert calls == []
    assert isinstance(window.panels["activity"], QWidget)
