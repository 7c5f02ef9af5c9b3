"""A desk behind each page of the window, made when its page is.

Owns which desk a page gets and what the pages want of each other. Must not act on a run: what a page wants of the
engine goes through `Around`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from app.run_view import RunView
from app.tasks import Tasks
from core.experiment.loader import LoadedExperiment
from widgets.main_window import MainWindow

if TYPE_CHECKING:
    from app.compare_desk import CompareDesk
    from app.experiment_desk import ExperimentDesk
    from app.runs_desk import RunsDesk
    from app.what_if_desk import WhatIfDesk
    from widgets.compare_page import ComparePage
    from widgets.experiment_page import ExperimentPage
    from widgets.runs_page import RunsPage
    from widgets.what_if_page import WhatIfPage


@dataclass(frozen=True)
class Around:
    """What the pages need of the rest of the console; `experiment()` names the chosen one, `seen()` is the run that is
    shown.
    """

    choose: Callable[[str], Coroutine[Any, Any, None]]
    start: Callable[[], Coroutine[Any, Any, None]]
    logs_dir_of: Callable[[LoadedExperiment | None], Path]
    logs_dir: Callable[[], Path]
    port: Callable[[], int | None]
    experiment: Callable[[], str]
    seen: Callable[[], RunView | None]
    open_run: Callable[[Path, str | None], Coroutine[Any, Any, None]]


class PageDesks:
    """Follows the window's pages from the start on."""

    def __init__(self, window: MainWindow, tasks: Tasks, around: Around) -> None:
        self._window, self._tasks, self._around = window, tasks, around
        self._experiments: ExperimentDesk | None = None
        self._comparisons: CompareDesk | None = None
        self._runs: RunsDesk | None = None
        self._what_ifs: WhatIfDesk | None = None
        window.pages.made.connect(self._page_made)
        window.pages.changed.connect(self._page_left)
        window.menus.export.triggered.connect(self._export_seen)
        window.start_page.all_runs_wanted.connect(lambda: window.pages.go_to("runs"))

    async def may_leave_experiment(self, before: str, *, lost: bool) -> bool:
        """Ask about unsaved changes, if there are any; whether to go on."""
        return self._experiments is None or await self._experiments.may_leave(before, lost=lost)

    async def may_choose(self, experiment: str) -> bool:
        """The experiment's page goes along with another choice, unless its changes are to be kept."""
        return self._experiments is None or await self._experiments.follow(experiment)

    def tell_run(self, *, on: bool) -> None:
        """Whether a run is on."""
        if self._experiments is not None:
            self._experiments.tell_run(on=on)

    def compare(self, paths: Sequence[str]) -> None:
        """Show these runs beside each other."""
        self._choose_in("compare", paths)

    def ask_what_if(self, paths: Sequence[str]) -> None:
        """What another limit or matchmaker would have meant for these runs."""
        self._choose_in("what_if", paths)

    def _choose_in(self, name: str, paths: Sequence[str]) -> None:
        page: Any = self._window.pages.page(name)
        self._window.pages.go_to(name)
        page.choose(paths)

    def _page_made(self, name: str, page: QWidget) -> None:
        makers: dict[str, Callable[[Any], None]] = {
            "experiment": self._experiment_page_made,
            "compare": self._compare_page_made,
            "runs": self._runs_page_made,
            "what_if": self._what_if_page_made,
        }
        if name in makers:
            makers[name](page)

    def _page_left(self, to: str) -> None:
        if self._experiments is not None and to != "experiment":
            self._do(self._experiments.tell_unsaved(self._window.show_notice), "looking for unsaved changes")

    def _experiment_page_made(self, page: ExperimentPage) -> None:
        from app.experiment_desk import ExperimentDesk, Surroundings

        around = self._around
        surroundings = Surroundings(around.choose, around.start, around.logs_dir_of, around.port)
        self._experiments = ExperimentDesk(page, self._tasks, surroundings)
        self._do(self._experiments.open(around.experiment()), "showing the experiment")

    def _compare_page_made(self, page: ComparePage) -> None:
        from app.compare_desk import CompareDesk

        self._comparisons = CompareDesk(page, self._tasks, self._open_person)
        self._window.privacy_wanted.connect(page.set_private)
        page.set_private(self._window.private)

    def _runs_page_made(self, page: RunsPage) -> None:
        from app import runs_desk

        around = runs_desk.Around(
            self._around.logs_dir, self._window.open_run_wanted.emit, self.compare, self.ask_what_if
        )
        runs = self._runs = runs_desk.RunsDesk(page, self._tasks, around)
        self._do(runs.attend(), "following runs that are on")
        self._window.pages.changed.connect(runs.page_seen)

    def _what_if_page_made(self, page: WhatIfPage) -> None:
        from app.what_if_desk import WhatIfDesk

        self._what_ifs = WhatIfDesk(page, self._tasks, self._around.seen)
        self._window.pages.changed.connect(self._what_ifs.page_seen)

    def _export_seen(self) -> None:
        """Ask how the run that is seen is to be written as tables."""
        seen = self._around.seen()
        if seen is not None:
            from app import export_desk

            export_desk.ask([seen.path], self._window, self._tasks)

    def _open_person(self, path: str, subject_id: str) -> None:
        """A run with somebody chosen."""
        self._do(self._around.open_run(Path(path), subject_id), "opening a run")

    def _do(self, coroutine: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.spawn(coroutine, name)
