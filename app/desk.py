"""What lies on the operator's desk: the live run, a recorded one, or the start page; kept fresh by the ticker.

Owns which run is seen. Must not talk to the engine.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

from app.player import Player
from app.run_view import BUDGET_S, RunView
from app.ticker import Ticker
from core.projections.veil import Veil
from core.runlog.files import LogReadError
from core.runlog.run_directory import RunDirectory
from widgets import collecting
from widgets.main_window import MainWindow

# A long run that is opened is read in longer turns than a live one is followed, and drawn less often meanwhile: the
# window answers within a twentieth of a second, and most of the time goes into reading.
OPENING_BUDGET_S: Final = 0.04
CATCHING_UP_BUDGET_S: Final = 0.015  # all that is seen is there: the mouse comes first
DRAW_WHILE_OPENING_S: Final = 0.5
TELL_READING_AFTER_S: Final = 0.5


class Desk:
    """`live` is the run of the engine at hand, also after its end; `seen` the one in the window, if any."""

    def __init__(self, window: MainWindow) -> None:
        self.live: RunView | None = None
        self.seen: RunView | None = None
        self.ticker = Ticker(self._read, self._draw, window)
        self._window = window
        self._private = False
        self._chosen: str | None = None  # to be chosen again once the log has been read anew
        self._chosen_s: float | None = None  # as is the moment that was seen
        self._read_problem = ""
        self.player: Player | None = None
        self._shown_at = self._drawn_at = 0.0
        self._told_percent = -1
        self._told: tuple[object, ...] = ()
        slider = window.time_slider
        slider.moment_wanted.connect(self._want_moment)
        slider.step_wanted.connect(self._step)
        slider.play_wanted.connect(self._play)

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

    def show_live_anew(self, run_dir: Path) -> None:
        """The engine's run, which another engine goes on with. Raises RunDirectoryError."""
        self.live = None
        self.show_live(run_dir)

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
        self.live = self.seen = self.player = None
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
        self._chosen_s = seen.moment_s
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
        self._read_problem, self._told = "", ()
        self._shown_at, self._drawn_at = time.perf_counter(), 0.0
        collecting.take_back()
        self.player = None if live or view.replay is None else Player(view)
        self._window.show_run(view.shown, live)
        self.ticker.tick()

    def _read(self) -> bool:
        if self.seen is None:
            return False
        try:
            if self.seen.poll(self._budget_s()):
                self._tell_reading()
                return True
            if self.player is not None and self.seen.outdated:
                self._show(self._view(self.seen.run, goes_on=False), live=False)
                return False
        except LogReadError as error:
            if str(error) != self._read_problem:
                self._read_problem = str(error)
                self._window.show_notice(str(error))
        self._choose_again()
        return self.seen.catch_up(CATCHING_UP_BUDGET_S)

    def _choose_again(self) -> None:
        """Names are given in the order of arrival, so nobody can be named before that is known."""
        if self._chosen is not None and self.seen is not None:
            veil, subject_id = self.seen.veil, self._chosen
            self._chosen = None
            self._window.selection.choose(subject_id if veil is None else veil.name(subject_id))
        if self._chosen_s is not None and self.player is not None:
            self.player.want(self._chosen_s)
            self._chosen_s = None

    def _draw(self) -> None:
        if self.seen is None:
            return
        if self.player is not None:
            if self._draws_too_soon(self.player):
                return
            self._move(self.player)
        self._window.refresh(self.seen.now_elapsed_s())
        self._drawn_at = time.perf_counter()

    def _draws_too_soon(self, player: Player) -> bool:
        """Whether there is still much to read, and it was drawn just now, and nobody asks for another moment."""
        just_now = time.perf_counter() - self._drawn_at < DRAW_WHILE_OPENING_S
        return just_now and not player.view.read_to_end and not player.wants

    # --- a run that is looked at --------------------------------------------------------------------------------------

    def _want_moment(self, elapsed_s: float) -> None:
        """Dragging asks for more moments than can be drawn: the last is gone to, once the mouse was answered."""
        if self.player is not None:
            self.player.want(elapsed_s)
            self.ticker.draw_soon()

    def _step(self, step: int) -> None:
        if self.player is not None:
            self.player.step(step)
            self.ticker.draw_soon()

    def _play(self, speed: int) -> None:
        if self.player is not None:
            self.player.play(speed)
            self.ticker.draw_soon()

    def _move(self, player: Player) -> None:
        try:
            player.move()
        except LogReadError as error:
            player.play(0)
            self._window.show_notice(str(error))
        started_at = player.replay.newest.run.started_at
        now_s, end_s = player.view.now_elapsed_s(), player.replay.end_s
        if self._window.run_bar is not None:
            more = player.view.moment_s is not None or not player.view.read_to_end
            self._window.run_bar.set_earlier(more)
        self._window.time_slider.show_state(now_s, end_s, started_at, playing=player.speed > 0)
        marks = (player.replay.newest.time_marks.version, player.replay.newest.run.version)
        if marks != self._told[:2]:
            self._window.time_slider.show_moments(player.moments())
        if player.view.read_to_end:
            problems, may_resume = player.view.wrong(), player.view.broke_off()
            if self._told[2:] != (problems, may_resume):
                self._window.show_recorded(problems.sentence, problems.details, may_resume=may_resume)
            self._told = (*marks, problems, may_resume)
        else:
            self._told = marks

    def _budget_s(self) -> float:
        """The first picture comes before the bulk of the log."""
        is_new = time.perf_counter() - self._shown_at < TELL_READING_AFTER_S
        return BUDGET_S if self.player is None or is_new else OPENING_BUDGET_S

    def _tell_reading(self) -> None:
        if self.player is not None and time.perf_counter() - self._shown_at >= TELL_READING_AFTER_S:
            percent = int(self.player.view.read_share() * 100)
            if percent != self._told_percent:
                self._told_percent = percent
                self._window.show_reading(percent)
