"""What lies on the operator's desk: the live run, a recorded one, or the start page; kept fresh by the ticker.

Owns which run is seen. Must not talk to the engine.
"""

from __future__ import annotations

from pathlib import Path

from app.run_view import RunView
from app.ticker import Ticker
from core.runlog.files import LogReadError
from core.runlog.run_directory import RunDirectory
from widgets.main_window import MainWindow


class Desk:
    """`live` is the run of the engine at hand, also after its end; `seen` the one in the window, if any."""

    def __init__(self, window: MainWindow) -> None:
        self.live: RunView | None = None
        self.seen: RunView | None = None
        self.ticker = Ticker(self._read, self._draw, window)
        self._window = window
        self._read_problem = ""

    @property
    def shows_recorded(self) -> bool:
        """Whether the window shows a run that is only looked at."""
        return self.seen is not None and self.seen is not self.live

    def show_live(self, run_dir: Path) -> None:
        """The engine's run. Raises RunDirectoryError."""
        if self.live is not None and self.live.path == run_dir.resolve():
            return
        self.live = RunView(RunDirectory.open(run_dir), goes_on=True)
        self._show(self.live, live=True)

    def show_recorded(self, run_path: Path) -> None:
        """A run to look at; if it is the live one, that. Raises RunDirectoryError."""
        run = RunDirectory.open(run_path)
        if self.live is not None and self.live.path == run.path:
            self._show(self.live, live=True)
        else:
            self._show(RunView(run, goes_on=False), live=False)

    def show_live_again(self) -> None:
        """Back from a recorded run."""
        if self.live is not None:
            self._show(self.live, live=True)

    def show_start_page(self) -> None:
        """Nothing is followed."""
        self.live = self.seen = None
        self._window.show_empty()

    def engine_gone(self) -> None:
        """The live run's clock stops with its last event; what was written up to then is read to its end."""
        if self.live is not None:
            self.live.goes_on = False
            self.ticker.tick()

    def _show(self, view: RunView, *, live: bool) -> None:
        self.seen = view
        self._read_problem = ""
        self._window.clear_banner()
        self._window.show_run(view.shown, live)
        self.ticker.tick()

    def _read(self) -> bool:
        if self.seen is None:
            return False
        try:
            return self.seen.poll()
        except LogReadError as error:
            if str(error) != self._read_problem:
                self._read_problem = str(error)
                self._window.show_notice(str(error))
            return False

    def _draw(self) -> None:
        if self.seen is not None:
            self._window.refresh(self.seen.now_elapsed_s())
