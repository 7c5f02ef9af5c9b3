"""The console's window: a start page when there is no run, else the run bar over four panels.

Owns the arrangement, menus and shortcuts, and passes wishes upward. Must not act on any: the app does, and the window
shows what the projections say afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QEvent, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeySequence, QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QStackedWidget, QWidget

from core.projections.shown import ShownRun
from widgets.desk import DOCKS, LAYOUT_VERSION, Desk
from widgets.dialogs import CloseQuestion, ProblemDialog
from widgets.help_dialog import HelpDialog
from widgets.parts.icons import bring_icons
from widgets.parts.notes import Banner, Stack
from widgets.parts.panel import Panel
from widgets.parts.selection import Selection
from widgets.probe_chart import ProbeChart
from widgets.run_bar import RunBar
from widgets.session_panels import intents_of, make_panels
from widgets.start_page import PreviousRun, StartPage
from widgets.theme import CHOICES, Theme


class MainWindow(QMainWindow):
    """Signals, all of them wishes: `start_wanted(experiment)`, `end_wanted("drain" | "now")`, `threshold_wanted(int or
    None)`, `intake_wanted(open)`, `add_participants_wanted(number, by_themselves)`, `open_run_wanted(path)`,
    `experiment_chosen(path)`, `leave_run_wanted()` (back to the start page, or from a recorded run to the live one),
    `intent_wanted(name, fields)` (for the engine as it is), `close_wanted()`. A window that is asked to close only says
    so; `close_now` closes it. `first_painted()` comes once. `selection` is the chosen person, anew for each run shown.
    """

    start_wanted = Signal(str)
    end_wanted = Signal(str)
    threshold_wanted = Signal(object)
    intake_wanted = Signal(bool)
    add_participants_wanted = Signal(int, bool)
    open_run_wanted = Signal(str)
    experiment_chosen = Signal(str)
    leave_run_wanted = Signal()
    close_wanted = Signal()
    intent_wanted = Signal(str, object)
    first_painted = Signal()

    def __init__(self, application: QApplication, settings: QSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._shown: ShownRun | None = None
        self._live = False
        self._experiment = ""
        self._painted = False
        self._may_close = False
        self._problem_details = ("", "")
        self.run_bar: RunBar | None = None
        self.panels: dict[str, Panel] = {}
        self.selection = Selection(self)
        self.theme = Theme(application, self)
        self.start_page = StartPage()
        self.banner = Banner()
        self.desk = Desk()
        self._run_place = QWidget()
        self._run_layout = Stack(self._run_place)
        self._stack = QStackedWidget()
        self._lay_out()
        self._make_menus()
        self._connect()
        self._restore()

    # --- what is shown ---------------------------------------------------------------------------------------------

    def show_empty(self) -> None:
        """No run: the start page."""
        self._shown = None
        self._forget_panels()
        self.start_page.set_busy(False)
        self.banner.hide()
        self._stack.setCurrentWidget(self.start_page)
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
        self._shown, self._live = shown, live
        self.selection = Selection(self)
        self.run_bar = RunBar(shown.run, shown.participants, controls_enabled=live)
        self._run_layout.insertWidget(0, self.run_bar)
        self.panels = make_panels(shown, self.selection, live=live)
        for name, panel in self.panels.items():
            self.desk.put(name, panel)
        self._connect_run()
        self._stack.setCurrentWidget(self._run_place)
        self.panels["waitroom"].setFocus()
        self._set_title(shown.run.run_id)
        self._say_recorded()
        self._enable_actions()
        if self._painted:
            bring_icons(self)

    def show_starting(self) -> None:
        """A start was asked for and is under way."""
        self.start_page.set_busy(True)

    def show_engine_lost(self, text: str, details: str = "") -> None:
        """The engine stopped or does not answer: say so across the window, with the way to go on."""
        self._problem_details = (text, details)
        self.banner.say(
            text, "error", action=self.tr("Back to the start page"), details=bool(details), dismissible=False,
            action_tooltip=self.tr("Leave this run as it was recorded; a new one can be started"),
        )  # fmt: skip

        if self.run_bar is not None:
            self.run_bar.withdraw_controls()
        chart = self.panels.get("probes")
        if isinstance(chart, ProbeChart):
            chart.withdraw_controls()
        self._live = False
        self._enable_actions()

    def show_notice(self, text: str) -> None:
        """A sentence across the window that may be hidden, e.g. why a wish was refused."""
        self._problem_details = (text, "")
        self.banner.say(text, "notice")
        self._forget_wish()

    def show_refusal(self, text: str) -> None:
        """A wish was refused, and why; the panels go back to what the log says."""
        self._problem_details = (text, "")
        self.banner.say(self.tr("Not done: {}").format(text), "warning")
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

    def refresh(self, now_elapsed_s: float) -> None:
        """Called by the ticker: run bar and visible panels pull; `now_elapsed_s` is seconds since the run started."""
        if self.run_bar is None:
            return
        self.run_bar.refresh(now_elapsed_s)
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
        self._settings.setValue("window/docks", self.desk.saveState(LAYOUT_VERSION))

    def _after_first_paint(self) -> None:
        bring_icons(self)
        self.first_painted.emit()

    # --- set-up ----------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.setWindowTitle("Greenroom")
        self.setMinimumSize(900, 600)
        self.resize(1280, 800)
        self._run_layout.addWidget(self.desk, 1)
        self._stack.addWidget(self.start_page)
        self._stack.addWidget(self._run_place)
        middle = QWidget()
        layout = Stack(middle)
        layout.addWidget(self.banner)
        layout.addWidget(self._stack, 1)
        self.setCentralWidget(middle)

    def _restore(self) -> None:
        """As it was left; anything that does not fit this version or screen is ignored by Qt."""
        choice = self._settings.value("window/theme", "system")
        self._theme_actions.get(str(choice), self._theme_actions["system"]).trigger()
        geometry, docks = self._settings.value("window/geometry"), self._settings.value("window/docks")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        if isinstance(docks, QByteArray):
            self.desk.restore(docks)

    def _connect(self) -> None:
        page = self.start_page
        page.start_wanted.connect(self.start_wanted)
        page.experiment_chosen.connect(self.experiment_chosen)
        page.open_run_wanted.connect(self.open_run_wanted)
        self.banner.action_wanted.connect(self.leave_run_wanted)
        self.banner.details_wanted.connect(lambda: ProblemDialog(*self._problem_details, self).open())

    def _connect_run(self) -> None:
        assert self.run_bar is not None
        self.run_bar.start_wanted.connect(lambda: self.start_wanted.emit(self._experiment))
        self.run_bar.end_wanted.connect(self.end_wanted)
        self.run_bar.intake_wanted.connect(self.intake_wanted)
        self.run_bar.add_participants_wanted.connect(self.add_participants_wanted)
        chart = self.panels["probes"]
        assert isinstance(chart, ProbeChart)
        chart.threshold_wanted.connect(self.threshold_wanted)
        for intents in intents_of(self.panels):
            intents.connect(self.intent_wanted)

    def _make_menus(self) -> None:
        run = self.menuBar().addMenu(self.tr("&Run"))
        self._start_action = self._action(run, self.tr("&Start a run"), "Ctrl+R", self._start)
        self._add_action = self._action(run, self.tr("&Add test participants…"), "Ctrl+T", self._add)
        self._doors_action = self._action(run, self.tr("Open or close the &doors"), "Ctrl+D", self._turn_doors)
        self._drain_action = self._action(run, self.tr("&End after the games…"), "Ctrl+E", lambda: self._end("drain"))
        self._now_action = self._action(run, self.tr("End &now…"), "Ctrl+Shift+E", lambda: self._end("now"))
        run.addSeparator()
        leave = self.leave_run_wanted.emit
        self._leave_action = self._action(run, self.tr("&Back to the start page"), "Alt+Left", leave)
        choose = self.start_page.choose_experiment
        self._choose_action = self._action(run, self.tr("&Choose an experiment…"), "Ctrl+O", choose)
        run.addSeparator()
        self._action(run, self.tr("&Quit"), "Ctrl+Q", self.close)
        self._make_view_menu(self.menuBar().addMenu(self.tr("&View")))
        about = self.menuBar().addMenu(self.tr("&Help"))
        self._action(about, self.tr("&Keys and marks"), "F1", lambda: HelpDialog(self).open())

    def _make_view_menu(self, view: QMenu) -> None:
        for number, name in enumerate(DOCKS, start=1):
            toggle = self.desk.docks[name].toggleViewAction()
            toggle.setShortcut(QKeySequence(f"Ctrl+{number}"))
            toggle.setToolTip(self.tr("Show or hide this panel"))
            view.addAction(toggle)
        self._action(view, self.tr("&Usual layout"), "Ctrl+0", self.desk.arrange)
        view.addSeparator()
        themes = view.addMenu(self.tr("&Theme"))
        names = {"system": self.tr("As the &system"), "light": self.tr("&Light"), "dark": self.tr("&Dark")}
        group = QActionGroup(self)
        self._theme_actions: dict[str, QAction] = {}
        for choice in CHOICES:
            action = themes.addAction(names[choice])
            action.setCheckable(True)
            action.triggered.connect(lambda _checked, choice=choice: self._choose_theme(choice))
            group.addAction(action)
            self._theme_actions[choice] = action
        view.addSeparator()
        self._action(view, self.tr("&Full screen"), "F11", self._turn_full_screen)

    def _action(self, menu: QMenu, words: str, keys: str, what: object) -> QAction:
        action: QAction = menu.addAction(words)
        action.setShortcut(QKeySequence(keys))
        action.setToolTip(f"{words.replace('&', '')} ({keys})")
        action.triggered.connect(lambda: what() if callable(what) else None)
        return action

    # --- wishes from menus -----------------------------------------------------------------------------------------

    def _start(self) -> None:
        if self._stack.currentWidget() is self.start_page:
            self.start_page.start_button.click()
        elif self.run_bar is not None:
            self.run_bar.start_button.click()

    def _add(self) -> None:
        if self.run_bar is not None:
            self.run_bar.ask_for_participants()

    def _turn_doors(self) -> None:
        if self.run_bar is not None:
            self.run_bar.doors_button.click()

    def _end(self, mode: str) -> None:
        if self.run_bar is not None:
            self.run_bar.ask_to_end(mode)

    def _choose_theme(self, choice: str) -> None:
        known = next(known for known in CHOICES if known == choice)
        self.theme.choose(known)
        self._settings.setValue("window/theme", choice)

    def _turn_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _enable_actions(self) -> None:
        """Menus follow what the run allows."""
        run = self._shown.run if self._shown is not None and self._live else None
        state = run.state if run is not None else "none"
        empty = self._stack.currentWidget() is self.start_page
        self._start_action.setEnabled(empty or state == "ended")
        self._add_action.setEnabled(state == "open")
        self._doors_action.setEnabled(state in ("open", "closed"))
        self._drain_action.setEnabled(state in ("open", "closed"))
        self._now_action.setEnabled(state in ("open", "closed", "draining"))
        self._leave_action.setEnabled(not empty and (not self._live or state == "ended"))
        self._choose_action.setEnabled(empty)

    # --- small things ----------------------------------------------------------------------------------------------

    def _forget_panels(self) -> None:
        if self.run_bar is not None:
            self.run_bar.setParent(None)
            self.run_bar.deleteLater()
        for name in self.panels:
            self.desk.take(name)
        self.selection.deleteLater()
        self.run_bar, self.panels = None, {}

    def _forget_wish(self) -> None:
        chart = self.panels.get("probes")
        if isinstance(chart, ProbeChart):
            chart.forget_wish()

    def _say_recorded(self) -> None:
        if self._shown is not None and not self._live:
            self.banner.say(
                self.tr("Recorded run: you see it as it was logged, and nothing here can be changed."), "notice",
                action=self.tr("Back"), action_tooltip=self.tr("Leave the recorded run (Alt+Left)"), dismissible=False,
            )  # fmt: skip

    def _set_title(self, run_id: str) -> None:
        recorded = self.tr(" (recorded)") if run_id and not self._live else ""
        self.setWindowTitle(f"{run_id}{recorded} – Greenroom" if run_id else "Greenroom")
