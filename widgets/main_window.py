"""The console's window: its pages, and on the first of them a start page or, with a run, the run bar over its panels.

Owns what is seen when, and passes wishes upward (menus.py holds the actions, session_panels.py makes the panels). Must
not act on any: the app does, and the window shows what the projections say afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QEvent, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget

from core.analysis.forecast import EndForecast
from core.projections.shown import ShownRun
from widgets.add_participants import StandInsAtHand
from widgets.alert_line import AlertLine
from widgets.desk import LAYOUT_VERSION, Desk
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
from widgets.person_drawer import PersonDrawer
from widgets.probe_chart import ProbeChart
from widgets.run_bar import RunBar
from widgets.session_panels import intents_of, make_panels
from widgets.settings_dialog import PRIVATE, THEME, SettingsDialog
from widgets.start_page import PreviousRun, StartPage
from widgets.theme import CHOICES, Theme
from widgets.time_slider import TimeSlider


class MainWindow(QMainWindow):
    """Signals, all of them wishes: `start_wanted(experiment)`, `end_wanted("drain" | "now")`, `threshold_wanted(int or
    None)`, `intake_wanted(open)`, `open_run_wanted(path)`,
    `experiment_chosen(path)`, `leave_run_wanted()` (back to the start page, or from a recorded run to the live one),
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
    close_wanted = Signal()
    intent_wanted = Signal(str, object)
    privacy_wanted = Signal(bool)
    settings_changed = Signal()
    first_painted = Signal()

    def __init__(self, application: QApplication, settings: QSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._shown: ShownRun | None = None
        self._live = False
        self._experiment = ""
        self._painted = False
        self._may_close = False
        self._log_problem = ("", "")
        self.run_bar: RunBar | None = None
        self.panels: dict[str, Panel] = {}
        self.selection = Selection(self)
        self.theme = Theme(application, self)
        self.start_page = StartPage()
        self.stand_ins = StandInsAtHand(self)
        self.notices = Notices(self)
        self.banner = self.notices.banner
        self.alert_line = AlertLine(Alarm(settings, self))
        self.desk = Desk()
        self.time_slider = TimeSlider()
        self._run_place = QWidget()
        self._run_layout = Stack(self._run_place)
        self._stack = QStackedWidget()
        self.pages = Pages(self._stack)
        self._lay_out()
        self.menus = Menus(self.menuBar(), self.desk, self.pages, self)
        self.operator = OperatorMenu(self.menus.add_menu(self.tr("&Operator")), self.alert_line, self)
        self._connect()
        self._connect_menus()
        self._restore()

    @property
    def private(self) -> bool:
        """Whether people are to be shown by pseudonyms."""
        return self.menus.private.isChecked()

    # --- what is shown ---------------------------------------------------------------------------------------------

    def show_empty(self) -> None:
        """No run: the start page."""
        self._shown = None
        self._forget_panels()
        self.stand_ins.close()
        self.alert_line.follow(None, live=False)
        self.start_page.set_busy(False)
        self.banner.hide()
        self._stack.setCurrentWidget(self.start_page)
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
        self._forget_panels()
        if not live:
            self.stand_ins.close()
        self._shown, self._live, self._log_problem = shown, live, ("", "")
        self.run_bar = RunBar(shown, controls_enabled=live)
        self.run_bar.set_private(self.private)
        self._run_layout.insertWidget(0, self.run_bar)
        self.time_slider.setVisible(not live)
        self.panels = make_panels(shown, self.selection, live=live)
        for name, panel in self.panels.items():
            self.desk.put(name, panel)
        self.desk.settle()
        self._connect_run()
        self.alert_line.follow(shown.alerts, live=live)
        self._stack.setCurrentWidget(self._run_place)
        self.pages.go_to(SESSION)
        self.panels["waitroom"].setFocus()
        self._set_title(shown.run.run_id)
        self._say_recorded()
        self._enable_actions()
        if self._painted:
            bring_icons(self)

    def show_reading(self, percent: int) -> None:
        """A long recorded run is being read; so much of it was."""
        self.notices.reading(percent)

    def show_recorded(self, problem: str, details: str) -> None:
        """A recorded run was read to its end; what is wrong with its log, if anything."""
        self._log_problem = (problem, details)
        self._say_recorded()

    def show_starting(self) -> None:
        """A start was asked for and is under way."""
        self.start_page.set_busy(True)

    def show_engine_lost(self, text: str, details: str = "") -> None:
        """The engine stopped or does not answer: say so across the window, with the way to go on."""
        self.notices.engine_lost(text, details)
        if self.run_bar is not None:
            self.run_bar.withdraw_controls()
        chart = self.panels.get("probes")
        if isinstance(chart, ProbeChart):
            chart.withdraw_controls()
        person = self.panels.get("person")
        if isinstance(person, PersonDrawer):
            person.withdraw_controls()
        self.alert_line.follow(None, live=False)
        self._live = False
        self._enable_actions()

    def show_notice(self, text: str) -> None:
        """A sentence across the window that may be hidden, e.g. why a wish was refused."""
        self.notices.say(text)
        self._forget_wish()

    def show_refusal(self, text: str) -> None:
        """A wish was refused, and why; the panels go back to what the log says."""
        self.notices.refuse(text)
        self._forget_wish()

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
        counts = self._shown.participants.counts() if self._shown else {}
        here = sum(counts.get(state, 0) for state in ("page", "waiting", "probing", "playing"))
        games = len({
            person.game_id for person in self._shown.participants.people.values() if person.state == "playing"
        }) if self._shown else 0  # fmt: skip
        run_id = self._shown.run.run_id if self._shown else ""
        question = CloseQuestion(run_id, here, games, self, may_outlive=may_outlive)
        question.open()
        return question

    def ask_end_now(self) -> EndQuestion:
        """Open the question whether the run is to end at once; connect to its `confirmed` and `rejected`."""
        forecast = self.run_bar.forecast() if self.run_bar is not None else EndForecast(0, 0, None, (), 0)
        question = EndQuestion("now", forecast, self)
        question.open()
        return question

    def refresh(self, now_elapsed_s: float) -> None:
        """Called by the ticker: run bar and visible panels pull; `now_elapsed_s` is seconds since the run started."""
        if self.run_bar is None:
            return
        self.run_bar.refresh(now_elapsed_s)
        self.alert_line.refresh()
        for name, panel in self.panels.items():
            panel.pull(now_elapsed_s)
            self.desk.note(name, panel.note())
        if self._shown is not None and self._shown.run.run_id not in self.windowTitle():
            self._set_title(self._shown.run.run_id)
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
        self._run_layout.addWidget(self.time_slider)
        self._run_layout.addWidget(self.desk, 1)
        self._stack.addWidget(self.start_page)
        self._stack.addWidget(self._run_place)
        middle = QWidget()
        layout = Stack(middle)
        if self.menuBar().isNativeMenuBar():  # at the top of the screen, where there is no room for tabs
            layout.addWidget(self.pages.tabs)
        else:
            self.menuBar().setCornerWidget(self.pages.tabs)
            self.pages.tabs.room_wanted.connect(lambda: self.menuBar().setCornerWidget(self.pages.tabs))
        layout.addWidget(self.banner)
        layout.addWidget(self.alert_line)
        layout.addWidget(self.pages, 1)
        self.setCentralWidget(middle)

    def _restore(self) -> None:
        """As it was left; anything that does not fit this version or screen is ignored by Qt."""
        choice = str(self._settings.value(THEME, "system"))
        self.menus.themes.get(choice, self.menus.themes["system"]).trigger()
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
        self.pages.made.connect(lambda _name, page: bring_icons(page))
        self.pages.changed.connect(self._enable_actions)
        self.banner.action_wanted.connect(self.leave_run_wanted)

    def _connect_run(self) -> None:
        assert self.run_bar is not None
        self.run_bar.start_wanted.connect(lambda: self.start_wanted.emit(self._experiment))
        self.run_bar.end_wanted.connect(self.end_wanted)
        self.run_bar.intake_wanted.connect(self.intake_wanted)
        self.run_bar.intent_wanted.connect(self.intent_wanted)
        self.run_bar.add_participants_wanted.connect(self._ask_for_participants)
        chart = self.panels["probes"]
        assert isinstance(chart, ProbeChart)
        chart.threshold_wanted.connect(self.threshold_wanted)
        for intents in intents_of(self.panels):
            intents.connect(self.intent_wanted)

    def _connect_menus(self) -> None:
        menus = self.menus
        for action, do in (
            (menus.start, self._start), (menus.choose, self.start_page.choose_experiment),
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

    def _start(self) -> None:
        if self._stack.currentWidget() is self.start_page:
            self.start_page.start_button.click()
        elif self.run_bar is not None:
            self.run_bar.start_button.click()

    def _of_the_run(self, what: str, *more: str) -> None:
        """Have the run bar do it: it asks what is to be asked first."""
        if self.run_bar is not None:
            getattr(self.run_bar, what)(*more)

    def _ask_for_participants(self) -> None:
        if self._shown is not None and self._live:
            self.stand_ins.ask(self._shown.run.group_size, self._shown.run.max_p2p_rtt_ms)

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

    def _choose_theme(self, choice: str) -> None:
        known = next(known for known in CHOICES if known == choice)
        self.theme.choose(known)
        self._settings.setValue(THEME, choice)

    def _turn_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _enable_actions(self) -> None:
        """Menus follow what the run allows."""
        run = self._shown.run if self._shown is not None and self._live else None
        self.menus.follow(
            run.state if run is not None else "none",
            at_start=self._stack.currentWidget() is self.start_page,
            on_session=self.pages.seen == SESSION,
            live=run is not None,
            paused=run is not None and run.matching_paused,
        )
        self.operator.follow(self._shown, live=self._live)
        self.pages.tell_session(on=run is not None and run.state not in ("none", "ended"))

    # --- small things ----------------------------------------------------------------------------------------------

    def _forget_panels(self) -> None:
        if self.run_bar is not None:
            self.run_bar.setParent(None)
            self.run_bar.deleteLater()
        for name in self.panels:
            self.desk.take(name)
        self.selection.deleteLater()
        self.selection = Selection(self)
        self.run_bar, self.panels = None, {}

    def _forget_wish(self) -> None:
        chart = self.panels.get("probes")
        if isinstance(chart, ProbeChart):
            chart.forget_wish()

    def _say_recorded(self) -> None:
        if self._shown is not None and not self._live:
            self.notices.recorded(*self._log_problem)

    def _set_title(self, run_id: str) -> None:
        recorded = self.tr(" (recorded)") if run_id and not self._live else ""
        self.setWindowTitle(f"{run_id}{recorded} – Greenroom" if run_id else "Greenroom")
