"""The console's window: its pages (the first of them is session_page.py's), its menus, and what lies across it.

Owns what is seen when, and passes wishes upward (menus.py holds the actions). Must not act on any: the app does, and
the window shows what the projections say afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QEvent, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from core.projections.shown import ShownRun
from widgets.add_participants import StandInsAtHand
from widgets.alert_line import AlertLine
from widgets.desk import LAYOUT_VERSION
from widgets.dialogs import CloseQuestion, ProblemDialog
from widgets.end_question import EndQuestion
from widgets.help_dialog import HelpDialog
from widgets.menus import Menus
from widgets.notices import Notices
from widgets.operator_menu import OperatorMenu
from widgets.pages import SESSION, Pages
from widgets.parts.alarm import Alarm
from widgets.parts.icons import bring_icons
from widgets.parts.notes import Stack
from widgets.parts.panel import Panel
from widgets.parts.selection import Selection
from widgets.parts.setting_names import PRIVATE, THEME
from widgets.run_bar import RunBar
from widgets.session_page import SessionPage
from widgets.settings_dialog import SettingsDialog
from widgets.start_page import PreviousRun
from widgets.theme import CHOICES, Theme, ThemeChoice


class MainWindow(QMainWindow):
    """Signals, all of them wishes: `start_wanted(experiment)`, `end_wanted("drain" | "now")`, `threshold_wanted(int or
    None)`, `intake_wanted(open)`, `open_run_wanted(path)`,
    `experiment_chosen(path)`, `leave_run_wanted()` (back to the start page, or from a recorded run to the live one),
    `resume_wanted()` (go on with the run that is seen, whose engine was ended),
    `intent_wanted(name, fields)` (for the engine as it is), `privacy_wanted(on)`, `settings_changed()`,
    `close_wanted()`. A window that is asked to close only says so; `close_now` closes it. `first_painted()` comes once.
    `selection` is the chosen person, anew for each run shown; `stand_ins` the test participants and `pages` the pages,
    with their own signals.
    """

    start_wanted = Signal(str)
    end_wanted = Signal(str)
    threshold_wanted = Signal(object)
    intake_wanted = Signal(bool)
    open_run_wanted = Signal(str)
    experiment_chosen = Signal(str)
    leave_run_wanted = Signal()
    resume_wanted = Signal()
    close_wanted = Signal()
    intent_wanted = Signal(str, object)
    privacy_wanted = Signal(bool)
    settings_changed = Signal()
    first_painted = Signal()

    def __init__(self, application: QApplication, settings: QSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._experiment = ""
        self._painted = False
        self._may_close = False
        self._log_problem, self._may_resume = ("", ""), False
        self.theme = Theme(application, self)
        self.theme.choose(self._kept_theme())  # before there is anything else: what was there already keeps its font
        self.session = SessionPage()
        self.start_page, self.desk, self.time_slider = (
            self.session.start_page, self.session.desk, self.session.time_slider,
        )  # fmt: skip
        self.stand_ins = StandInsAtHand(self)
        self.notices = Notices(self)
        self.banner = self.notices.banner
        self.alert_line = AlertLine(Alarm(settings, self))
        self.pages = Pages(self.session)
        self._lay_out()
        self.menus = Menus(self.menuBar(), self.desk, self.pages, self)
        self.operator = OperatorMenu(self.menus.add_menu(self.tr("&Operator")), self.alert_line, self)
        self._connect()
        self._connect_menus()
        self._restore()

    @property
    def run_bar(self) -> RunBar | None:
        """Of the run that is shown."""
        return self.session.run_bar

    @property
    def panels(self) -> dict[str, Panel]:
        """Of the run that is shown, by name."""
        return self.session.panels

    @property
    def selection(self) -> Selection:
        """The chosen person of the run that is shown."""
        return self.session.selection

    @property
    def private(self) -> bool:
        """Whether people are to be shown by pseudonyms."""
        return self.menus.private.isChecked()

    # --- what is shown ---------------------------------------------------------------------------------------------

    def show_empty(self) -> None:
        """No run: the start page."""
        self.session.show_empty()
        self.stand_ins.close()
        self.alert_line.follow(None, live=False)
        self.banner.hide()
        self.pages.go_to(SESSION)
        self._set_title("")
        self._enable_actions()

    def show_experiment(self, experiment: str, title: str, about: str = "", problem: str = "") -> None:
        """Which experiment Start would run (see `StartPage.show_experiment`)."""
        self._experiment = experiment
        self.start_page.show_experiment(experiment, title, about, problem)

    def show_previous_runs(self, runs: Sequence[PreviousRun]) -> None:
        """The list on the start page, newest first."""
        self.start_page.show_runs(runs)

    def show_run(self, shown: ShownRun, live: bool) -> None:
        """These projections in the run bar and the panels; a recorded run (`live` false) gets no controls."""
        if not live:
            self.stand_ins.close()
        self._log_problem, self._may_resume = ("", ""), False
        self.session.show_run(shown, live=live, private=self.private)
        self.alert_line.follow(shown.alerts, live=live)
        self.pages.go_to(SESSION)
        self.panels["waitroom"].setFocus()
        self._set_title(shown.run.run_id)
        self.clear_banner()
        self._enable_actions()
        if self._painted:
            bring_icons(self)

    def show_reading(self, percent: int) -> None:
        """A long recorded run is being read; so much of it was."""
        self.notices.reading(percent)

    def show_recorded(self, problem: str, details: str, *, may_resume: bool = False) -> None:
        """A recorded run was read to its end; what is wrong with its log, if anything. `may_resume`: it broke off, and
        people may still be there.
        """
        self._log_problem, self._may_resume = (problem, details), may_resume
        self._say_recorded()

    def show_starting(self) -> None:
        """A start was asked for and is under way."""
        self.start_page.set_busy(True)

    def show_engine_lost(self, text: str, details: str = "", *, may_resume: bool = False) -> None:
        """The engine is gone: say so across the window, with the ways to go on."""
        self.notices.engine_lost(text, details, may_resume=may_resume)
        self.session.withdraw_controls()
        self.alert_line.follow(None, live=False)
        self._enable_actions()

    def show_line_lost(self) -> None:
        """The engine cannot be reached for now; `clear_banner` once it can."""
        self.notices.line_lost()
        self.session.forget_wish()

    def show_notice(self, text: str) -> None:
        """A sentence across the window that may be hidden, e.g. why a wish was refused."""
        self.notices.say(text)
        self.session.forget_wish()

    def show_refusal(self, text: str) -> None:
        """A wish was refused, and why; the panels go back to what the log says."""
        self.notices.refuse(text)
        self.session.forget_wish()

    def clear_banner(self) -> None:
        """What the banner said is over; a recorded run keeps its own."""
        self.banner.hide()
        self._say_recorded()

    def show_problem(self, text: str, details: str = "") -> None:
        """A sentence in a dialog of its own, with everything known beneath."""
        self.start_page.set_busy(False)
        ProblemDialog(text, details, self).open()

    def ask_close(self, *, may_outlive: bool = True) -> CloseQuestion:
        """Open the question what is to become of the run (see CloseQuestion); connect to its `answered`."""
        run_id = self.session.shown.run.run_id if self.session.shown else ""
        here, games = self.session.people_here(), self.session.games_under_way()
        question = CloseQuestion(run_id, here, games, self, may_outlive=may_outlive)
        question.open()
        return question

    def ask_end_now(self) -> EndQuestion:
        """Open the question whether the run is to end at once; connect to its `confirmed` and `rejected`."""
        question = EndQuestion("now", self.session.forecast(), self)
        question.open()
        return question

    def refresh(self, now_elapsed_s: float) -> None:
        """Called by the ticker: run bar and visible panels pull; `now_elapsed_s` is seconds since the run started."""
        if self.run_bar is None:
            return
        self.session.refresh(now_elapsed_s)
        self.alert_line.refresh()
        shown = self.session.shown
        if shown is not None and shown.run.run_id not in self.windowTitle():
            self._set_title(shown.run.run_id)
        self._enable_actions()

    def close_now(self) -> None:
        """Remember the layout and close."""
        self._may_close = True
        self.close()

    # --- Qt --------------------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing is a wish like any other."""
        if self._may_close:
            self.save_layout()
            event.accept()
        else:
            event.ignore()
            self.close_wanted.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """After the first one there is time for what is slow to import."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self._after_first_paint)

    def changeEvent(self, event: QEvent) -> None:
        """Icons follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and getattr(self, "_painted", False):
            bring_icons(self)

    def save_layout(self) -> None:
        """Where the window and its panels are, into the settings."""
        self._settings.setValue("window/geometry", self.saveGeometry())
        docks = QByteArray() if self.desk.is_usual else self.desk.saveState(LAYOUT_VERSION)
        self._settings.setValue("window/docks", docks)

    def _after_first_paint(self) -> None:
        bring_icons(self)
        self.first_painted.emit()

    # --- set-up ----------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.setWindowTitle("Greenroom")
        self.setMinimumSize(900, 600)
        self.resize(1280, 800)
        middle = QWidget()
        layout = Stack(middle)
        if self.menuBar().isNativeMenuBar():  # at the top of the screen, where there is no room for tabs
            layout.addWidget(self.pages.tabs)
        else:
            self.menuBar().setCornerWidget(self.pages.tabs)
            self.pages.tabs.room_wanted.connect(self._give_tabs_room)
        layout.addWidget(self.banner)
        layout.addWidget(self.alert_line)
        layout.addWidget(self.pages, 1)
        self.setCentralWidget(middle)

    def _give_tabs_room(self) -> None:
        """A menu bar looks at what its corner needs only when it is resized itself."""
        bar = self.menuBar()
        QApplication.sendEvent(bar, QResizeEvent(bar.size(), bar.size()))

    def _restore(self) -> None:
        """As it was left; anything that does not fit this version or screen is ignored by Qt."""
        self.menus.themes[self._kept_theme()].trigger()
        self.menus.private.setChecked(bool(self._settings.value(PRIVATE, False, bool)))
        geometry, docks = self._settings.value("window/geometry"), self._settings.value("window/docks")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        if isinstance(docks, QByteArray) and not docks.isEmpty():
            self.desk.restore(docks)

    def _connect(self) -> None:
        page = self.start_page
        page.start_wanted.connect(self.start_wanted)
        page.experiment_chosen.connect(self.experiment_chosen)
        page.open_run_wanted.connect(self.open_run_wanted)
        page.edit_wanted.connect(lambda: self.pages.go_to("experiment"))
        session = self.session
        session.start_wanted.connect(lambda: self.start_wanted.emit(self._experiment))
        session.end_wanted.connect(self.end_wanted)
        session.intake_wanted.connect(self.intake_wanted)
        session.threshold_wanted.connect(self.threshold_wanted)
        session.intent_wanted.connect(self.intent_wanted)
        session.participants_wanted.connect(self._ask_for_participants)
        self.pages.made.connect(lambda _name, page: bring_icons(page))
        self.pages.changed.connect(self._enable_actions)
        self.banner.action_wanted.connect(self.leave_run_wanted)
        self.banner.other_wanted.connect(self.resume_wanted)

    def _connect_menus(self) -> None:
        menus = self.menus
        for action, do in (
            (menus.start, self.session.start), (menus.choose, self.start_page.choose_experiment),
            (menus.leave, self.leave_run_wanted.emit), (menus.settings, self.ask_settings), (menus.quit, self.close),
            (menus.full_screen, self._turn_full_screen), (menus.shortcuts, lambda: HelpDialog(self).open()),
            (menus.add, self._ask_for_participants),
            (menus.copy_link, lambda: self._of_the_run("copy_link")),
            (menus.show_links, lambda: self._of_the_run("show_links")),
            (menus.doors, lambda: self._of_the_run("turn_doors")),
            (menus.pause, lambda: self._of_the_run("turn_matching")),
            (menus.drain, lambda: self._of_the_run("ask_to_end", "drain")),
            (menus.now, lambda: self._of_the_run("ask_to_end", "now")),
        ):  # fmt: skip
            action.triggered.connect(lambda _checked=False, do=do: do())
        self.operator.intent_wanted.connect(self.intent_wanted)
        menus.private.toggled.connect(self._turn_private)
        menus.theme_chosen.connect(self._choose_theme)

    # --- wishes from menus -----------------------------------------------------------------------------------------

    def _of_the_run(self, what: str, *more: str) -> None:
        """Have the run bar do it: it asks what is to be asked first."""
        if self.run_bar is not None:
            getattr(self.run_bar, what)(*more)

    def _ask_for_participants(self) -> None:
        session = self.session
        if session.shown is not None and session.live:
            self.stand_ins.ask(session.shown.run.group_size, session.shown.run.max_p2p_rtt_ms)

    def ask_settings(self) -> None:
        """Open the settings; what is changed there counts at once."""
        dialog = SettingsDialog(self._settings, self)
        dialog.theme_chosen.connect(lambda choice: self.menus.themes[choice].trigger())
        dialog.accepted.connect(self.settings_changed)
        dialog.open()

    def _turn_private(self, private: bool) -> None:
        self._settings.setValue(PRIVATE, private)
        if self.run_bar is not None:
            self.run_bar.set_private(private)
        self.privacy_wanted.emit(private)

    def _choose_theme(self, choice: ThemeChoice) -> None:
        self.theme.choose(choice)
        self._settings.setValue(THEME, choice)

    def _kept_theme(self) -> ThemeChoice:
        kept = self._settings.value(THEME, "system")
        return next((choice for choice in CHOICES if choice == kept), "system")

    def _turn_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _enable_actions(self) -> None:
        """Menus follow what the run allows."""
        shown, live = self.session.shown, self.session.live
        run = shown.run if shown is not None and live else None
        self.menus.follow(
            run.state if run is not None else "none",
            at_start=self.session.at_start,
            on_session=self.pages.seen == SESSION,
            live=run is not None,
            paused=run is not None and run.matching_paused,
        )
        self.operator.follow(shown, live=live)
        self.pages.tell_session(on=run is not None and run.state not in ("none", "ended"))

    # --- small things ----------------------------------------------------------------------------------------------

    def _say_recorded(self) -> None:
        if self.session.shown is not None and not self.session.live:
            self.notices.recorded(*self._log_problem, may_resume=self._may_resume)

    def _set_title(self, run_id: str) -> None:
        recorded = self.tr(" (recorded)") if run_id and not self.session.live else ""
        self.setWindowTitle(f"{run_id}{recorded} – Greenroom" if run_id else "Greenroom")
