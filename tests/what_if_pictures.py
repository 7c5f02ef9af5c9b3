"""Draws the what-if page offscreen with simulated runs, in both themes and sizes, for people to look at.

    QT_QPA_PLATFORM=offscreen python -m tests.what_if_pictures [DIRECTORY]

Owns these pictures. Asserts nothing: it is not a test.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from core.analysis.what_if import answer as wi
from core.analysis.what_if import sweep as what_if_sweep
from tests.analysis.what_if_runs import ONE_GAME, TROUBLED, simulated
from tests.pictures import SIZES, picture, settle
from widgets.main_window import MainWindow
from widgets.what_if_page import WhatIfPage


def main(directory: Path) -> None:
    application = QApplication(sys.argv[:1])
    directory.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp())
    settings = QSettings(str(folder / "pictures.ini"), QSettings.Format.IniFormat)
    stricter = ONE_GAME.replace("100", "80")
    runs = [
        str(simulated(folder / "a", participants=120)),
        str(simulated(folder / "b", participants=100, crowd=TROUBLED)),
        str(simulated(folder / "c", stricter, participants=80, seed=8)),
    ]
    news: list[wi.News] = []
    what_if_sweep.ask(wi.Question(paths=runs, limits=[*range(50, 301, 25), None], seeds=5), news.append)
    for theme in ("light", "dark"):
        settings.setValue("window/theme", theme)
        for width, height in SIZES:
            window = MainWindow(application, settings)
            window.resize(width, height)
            window.show()
            window.pages.go_to("what_if")
            page = window.pages.page("what_if")
            assert isinstance(page, WhatIfPage)
            settle(application, 800)
            name = f"{theme}_{width}"
            picture(window, directory / f"what_if_empty_{name}.png")
            page.offer("logs/run_20261121_101500")
            for count, what in ((1, "one"), (3, "three")):
                page.form.choose(runs[:count])
                page.show_asked(wi.Question(paths=runs[:count], limits=[]))
                mine = [each for each in news if getattr(each, "path", "") in runs[:count] or _of(each) in runs[:count]]
                for each in mine[: len(mine) // 2]:
                    page.show_news(each)
                settle(application, 1500)
                picture(window, directory / f"what_if_{what}_under_way_{name}.png")
                for each in mine[len(mine) // 2 :]:
                    page.show_news(each)
                page.show_done()
                page.table.choose(runs[0], 150)
                settle(application, 300)
                picture(window, directory / f"what_if_{what}_{name}.png")
            page.show_problem(
                "logs/run_x does not exist. Give the directory of a run, such as logs/run_20260131_142500."
            )
            settle(application, 100)
            picture(window, directory / f"what_if_problem_{name}.png")
            window.close_now()
            window.deleteLater()
            settle(application, 50)


def _of(news: wi.News) -> str:
    return news.answer.path if isinstance(news, wi.Started) else ""


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("pictures"))
