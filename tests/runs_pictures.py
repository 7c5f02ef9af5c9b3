"""Draws the runs page offscreen with made-up runs, in both themes and sizes, for people to look at.

    QT_QPA_PLATFORM=offscreen python -m tests.runs_pictures [DIRECTORY]

Owns these pictures. Asserts nothing: it is not a test.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QDialog

from core.analysis.runs.run_line import RunLine
from tests.pictures import SIZES, picture, settle
from widgets.export_dialog import ExportDialog
from widgets.main_window import MainWindow
from widgets.runs_page import RunsPage


def made_up_runs(count: int, seed: int = 1) -> list[RunLine]:
    """Runs of all sorts; the same ones for the same seed."""
    chance = random.Random(seed)
    return [_run(number, chance) for number in range(count)]


def _run(number: int, chance: random.Random) -> RunLine:
    state = chance.choices(("complete", "interrupted", "damaged"), (12, 2, 1))[0] if number else "running"
    limit, started = chance.choice((80, 120, 150, 200, None)), 1_795_100_592.0 - number * 41_000
    problems = {
        "complete": [], "running": [],
        "interrupted": ["its last 112 bytes are half a line: writing broke off there",
                        "its log does not say that it ended: the engine stopped before"],
        "damaged": ["3 lines of its log are no event and left out (line 812: JSON is malformed: expected ',')"],
    }[state]  # fmt: skip
    return RunLine(
        path=f"/home/lab/logs/run_202611{number // 24 % 30:02d}_{number % 24:02d}0312_{number}",
        run_id=f"run_202611{1 + number // 24 % 30:02d}_{number % 24:02d}0312",
        experiment=chance.choice(("quick_start", "trust_game", "stag hunt, pilot", "coordination_with_chat")),
        started_at=started,
        duration_s=chance.uniform(200, 6000),
        participants=chance.randrange(2, 240),
        matches=chance.randrange(0, 110),
        rejected_share=None if limit is None else chance.random() * 0.6,
        failed_share=None if limit is None else chance.random() * 0.08,
        waited_s_median=chance.expovariate(1 / 20),
        waited_s_p95=chance.uniform(60, 400),
        p2p_rtt_ms_median=None if limit is None else chance.uniform(30, 180),
        thresholds=[limit] if chance.random() < 0.7 else [limit, 120, None],
        people=chance.choices(("real", "simulated", "mixed"), (6, 3, 1))[0],
        state=state,
        ended={"complete": "all games had finished", "running": "is on"}.get(state, "broke off"),
        problems=problems,
        tags=chance.choices(([], ["pilot"], ["pilot", "room 4"], ["exclude"]), (5, 2, 1, 1))[0],
        note=chance.choice(("", "", "", "Projector flickered; two people came late and left again before the game.")),
        size_bytes=chance.randrange(20_000, 90_000_000),
        events=chance.randrange(300, 400_000),
    )


def _show(page: RunsPage, runs: list[RunLine]) -> None:
    page.show_folder("/home/lab/logs")
    page.show_looking()
    page.show_lines(runs, len(runs), len(runs))
    page.show_all_found({run.path for run in runs})


def main(directory: Path) -> None:
    application = QApplication(sys.argv[:1])
    directory.mkdir(parents=True, exist_ok=True)
    settings = QSettings(str(Path(tempfile.mkdtemp()) / "pictures.ini"), QSettings.Format.IniFormat)
    runs = made_up_runs(60)
    for theme in ("light", "dark"):
        settings.setValue("window/theme", theme)
        for width, height in SIZES:
            window = MainWindow(application, settings)
            window.resize(width, height)
            window.show()
            window.show_empty()
            settle(application, 1000)
            window.pages.go_to("runs")
            page = window.pages.page("runs")
            assert isinstance(page, RunsPage)
            name = f"{theme}_{width}"
            settle(application)
            picture(window, directory / f"runs_empty_{name}.png")
            _show(page, runs)
            broken = next(run for run in runs if run.state == "interrupted" and run.tags)
            page.choose([broken.path])
            settle(application)
            picture(window, directory / f"runs_{name}.png")
            page.show_looking()
            page.show_lines([], 312, 500)
            page.choose([run.path for run in runs[2:5]])
            settle(application)
            picture(window, directory / f"runs_looking_{name}.png")
            if width == SIZES[0][0]:
                _draw_questions(application, page, directory, theme)
            window.close_now()


def _draw_questions(application: QApplication, page: RunsPage, directory: Path, theme: str) -> None:
    page.export_wanted.connect(  # which the app answers
        lambda paths: ExportDialog(f"{len(paths)} runs", Path("/home/lab/exports/runs"), page.window()).open()
    )
    for name in ("trash", "export", "report"):
        page.actions_.by_name[name].trigger()
        settle(application)
        (question,) = [each for each in page.window().findChildren(QDialog) if each.isVisible()]
        picture(question, directory / f"runs_{name}_{theme}.png")
        question.close()
        settle(application, 50)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("pictures"))
