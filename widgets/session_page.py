"""The first page: a start page or, with a run, the run bar over the run's panels.

Owns which of the two is seen, the parts made anew for each run, and bringing them up to date. Must not act on what they
ask for (it passes that on), nor know of other pages, menus and banners.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from core.analysis.forecast import EndForecast
from core.projections.shown import ShownRun
from widgets.desk import Desk
from widgets.parts.notes import Stack
from widgets.parts.panel import Panel
from widgets.parts.selection import Selection
from widgets.person_drawer import PersonDrawer
from widgets.probe_chart import ProbeChart
from widgets.run_bar import RunBar
from widgets.session_panels import intents_of, make_panels
from widgets.start_page import StartPage
from widgets.time_slider import TimeSlider


class SessionPage(QStackedWidget):
    """Signals, all of them wishes: `start_wanted()` (once more, after a run), `end_wanted("drain" | "now")`,
    `threshold_wanted(int or None)`, `intake_wanted(open)`, `intent_wanted(name, fields)`, `participants_wanted()`.

    `shown` is the run, None without one; `live` whether it can be acted on; `selection` is the chosen person, anew for
    each run.
    """

    start_wanted = Signal()
    end_wanted = Signal(str)
    threshold_wanted = Signal(object)
    intake_wanted = Signal(bool)
    intent_wanted = Signal(str, object)
    participants_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: ShownRun | None = None
        self.live = False
        self.run_bar: RunBar | None = None
        self.panels: dict[str, Panel] = {}
        self.selection = Selection(self)
        self.start_page = StartPage()
        self.desk = Desk()
        self.time_slider = TimeSlider()
        self._run_place = QWidget()
        self._run_layout = Stack(self._run_place)
        self._run_layout.addWidget(self.time_slider)
        self._run_layout.addWidget(self.desk, 1)
        self.addWidget(self.start_page)
        self.addWidget(self._run_place)

    @property
    def at_start(self) -> bool:
        """Whether the start page is seen."""
        return self.currentWidget() is self.start_page

    def show_empty(self) -> None:
        """No run: the start page."""
        self.shown = None
        self._forget_run()
        self.start_page.set_busy(False)
        self.setCurrentWidget(self.start_page)

    def show_run(self, shown: ShownRun, *, live: bool, private: bool) -> None:
        """These projections in the run bar and the panels; a recorded run (`live` false) gets no controls."""
        self._forget_run()
        self.shown, self.live = shown, live
        self.run_bar = RunBar(shown, controls_enabled=live)
        self.run_bar.set_private(private)
        self._run_layout.insertWidget(0, self.run_bar)
        self.time_slider.setVisible(not live)
        self.panels = make_panels(shown, self.selection, live=live)
        for name, panel in self.panels.items():
            self.desk.put(name, panel, panel.title_legend())
        self.desk.settle()
        self._connect_run(self.run_bar)
        self.setCurrentWidget(self._run_place)

    def refresh(self, now_elapsed_s: float) -> None:
        """Run bar and visible panels pull; `now_elapsed_s` is seconds since the run started."""
        if self.run_bar is not None:
            self.run_bar.refresh(now_elapsed_s)
        for name, panel in self.panels.items():
            panel.pull(now_elapsed_s)
            self.desk.note(name, panel.note())

    def withdraw_controls(self) -> None:
        """There is no engine to ask any more."""
        self.live = False
        if self.run_bar is not None:
            self.run_bar.withdraw_controls()
        for panel in self.panels.values():
            if isinstance(panel, ProbeChart | PersonDrawer):
                panel.withdraw_controls()

    def forget_wish(self) -> None:
        """What was asked for last was not granted: show what the log says."""
        chart = self.panels.get("probes")
        if isinstance(chart, ProbeChart):
            chart.forget_wish()

    def start(self) -> None:
        """As if the button for it had been pressed that can be seen."""
        if self.at_start:
            self.start_page.start_button.click()
        elif self.run_bar is not None:
            self.run_bar.buttons.start.click()

    def forecast(self) -> EndForecast:
        """What would become of those who are here."""
        return self.run_bar.forecast() if self.run_bar is not None else EndForecast(0, 0, None, (), 0)

    def people_here(self) -> int:
        """How many are on their way through the scenes."""
        counts = self.shown.participants.counts() if self.shown is not None else {}
        return sum(counts.get(state, 0) for state in ("page", "waiting", "probing", "playing"))

    def games_under_way(self) -> int:
        """How many groups play."""
        people = self.shown.participants.people.values() if self.shown is not None else ()
        return len({person.game_id for person in people if person.state == "playing"})

    def _connect_run(self, run_bar: RunBar) -> None:
        run_bar.start_wanted.connect(self.start_wanted)
        run_bar.end_wanted.connect(self.end_wanted)
        run_bar.intake_wanted.connect(self.intake_wanted)
        run_bar.intent_wanted.connect(self.intent_wanted)
        run_bar.add_participants_wanted.connect(self.participants_wanted)
        chart = self.panels["probes"]
        assert isinstance(chart, ProbeChart)
        chart.threshold_wanted.connect(self.threshold_wanted)
        for intents in intents_of(self.panels):
            intents.connect(self.intent_wanted)

    def _forget_run(self) -> None:
        if self.run_bar is not None:
            self.run_bar.setParent(None)
            self.run_bar.deleteLater()
        for name in self.panels:
            self.desk.take(name)
        self.selection.deleteLater()
        self.selection = Selection(self)
        self.run_bar, self.panels = None, {}
