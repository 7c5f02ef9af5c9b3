"""Draws the compare page offscreen with simulated runs, every view in both themes and sizes, for people to look at.

    QT_QPA_PLATFORM=offscreen python -m tests.compare_pictures DIRECTORY [RUN RUN…]

Owns the pictures' runs: those given, else three simulated ones under other limits. Asserts nothing: it is no test.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from core.analysis.comparing.comparison import compare
from core.analysis.comparing.run_facts import load_facts
from main import main as run_command
from tests.pictures import SIZES, picture, settle
from widgets.compare_page import ComparePage
from widgets.main_window import MainWindow

LIMITS_MS = (80, 140, 200)


def simulated(folder: Path) -> list[Path]:
    """The same people under different limits."""
    for limit in LIMITS_MS:
        arguments = f"simulate quick_start --participants 120 --seed 5 --threshold {limit} --patience-s 200 --logs-dir"
        run_command([*arguments.split(), str(folder)])
    return sorted(folder.glob("run_*"))


def main(directory: Path, runs: Sequence[Path]) -> None:
    application = QApplication(sys.argv[:1])
    directory.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp())
    paths = list(runs) or simulated(folder)
    comparison = compare([load_facts(path, place) for place, path in enumerate(paths)])
    settings = QSettings(str(folder / "pictures.ini"), QSettings.Format.IniFormat)
    for theme in ("light", "dark"):
        settings.setValue("window/theme", theme)
        for width, height in SIZES:
            window = MainWindow(application, settings)
            window.resize(width, height)
            window.show()
            window.show_empty()
            window.pages.go_to("compare")
            page = window.pages.page("compare")
            assert isinstance(page, ComparePage)
            settle(application)
            picture(window, directory / f"compare_{theme}_{width}_empty.png")
            page.show_comparison(comparison)
            for view in range(page.views.count()):
                page.views.setCurrentIndex(view)
                settle(application, 400)
                picture(window, directory / f"compare_{theme}_{width}_{view}.png")
            page.curves.behind_wanted.emit("waited_s", 0, 600.0)
            page.views.setCurrentIndex(2)
            settle(application)
            picture(window, directory / f"compare_{theme}_{width}_people.png")
            window.close_now()


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(run) for run in sys.argv[2:]])
