"""What lies on the operator's desk: the live run, a recorded one, or the start page; kept fresh by the ticker.

Owns which run is seen. Must not talk to the engine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.run_view import RunView
from app.ticker import Ticker
from core.projections.veil import Veil
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
        self._private = False
        self._chosen: str | None = None  # to be chosen again once the log has been read anew
        self._read_problem = ""

    @property
    def shows_recorded(self) -> bool:
        """Whether the window shows a run that is only looked at."""
        return self.seen is not None and self.seen is not self.live

    def show_live(self, run_dir: Path) -> None:
        """The engine's run. Raises RunDirectoryError."""
        if self.live is not None and self.live.path == run_dir.resolve():
            return
        self.live = self._view(RunDirectory.open(run_dir), goes_on=True)
        self._show(self.live, live=True)

    def show_recorded(self, run_path: Path) -> None:
        """A run to look at; if it is the live one, that. Raises RunDirectoryError."""
        run = RunDirectory.open(run_path)
        if self.live is not None and self.live.path == run.path:
            self._show(self.live, live=True)
        else:
            self._show(self._view(run, goes_on=False), live=False)

    def choose(self, subject_id: str | None) -> None:
        """Somebody of the run that is seen, by their own id, once its log has been read that far."""
        self._chosen = subject_id

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

    def set_private(self, private: bool) -> None:
        """Pseudonyms for people and nobody's own words, or everything again: each run is read anew from its log."""
        if private == self._private:
            return
        self._private = private
        live, seen = self.live, self.seen
        if live is not None:
            self.live = self._view(live.run, goes_on=live.goes_on)
        if seen is None:
            return
        view = self.live if seen is live and self.live is not None else self._view(seen.run, goes_on=seen.goes_on)
        chosen = self._window.selection.subject_id
        self._chosen = chosen if chosen is None or seen.veil is None else seen.veil.who(chosen)
        self._show(view, live=seen is live and seen.goes_on)

    def lift(self, fields: dict[str, Any]) -> dict[str, Any]:
        """An intent's fields with people's own ids, as the engine knows them."""
        veil = self.seen.veil if self.seen is not None else None
        return fields if veil is None else veil.lift(fields)

    def veiled(self, sentence: str) -> str:
        """A sentence of the engine's, fit to be shown."""
        veil = self.seen.veil if self.seen is not None else None
        return sentence if veil is None else veil.sentence(sentence)

    def _view(self, run: RunDirectory, *, goes_on: bool) -> RunView:
        return RunView(run, goes_on=goes_on, veil=Veil() if self._private else None)

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
            if self.seen.poll():
                return True
        except LogReadError as error:
            if str(error) != self._read_problem:
                self._read_problem = str(error)
                self._window.show_notice(str(error))
        self._choose_again()
        return False

    def _choose_again(self) -> None:
        """Names are given in the order of arrival, so nobody can be named before that is known."""
        if self._chosen is not None and self.seen is not None:
            veil, subject_id = self.seen.veil, self._chosen
            self._chosen = None
            self._window.selection.choose(subject_id if veil is None else veil.name(subject_id))

    def _draw(self) -> None:
        if self.seen is not None:
            self._window.refresh(self.seen.now_elapsed_s())
