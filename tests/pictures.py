"""Draws the window offscreen with a made-up session, in both themes and sizes, for people to look at.

    QT_QPA_PLATFORM=offscreen python -m tests.pictures [DIRECTORY]

Owns the pictures' stories. Asserts nothing: it is not a test.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QEventLoop, QSettings
from PySide6.QtWidgets import QApplication, QWidget

from core import events as ev
from core.analysis.forecast import EndForecast
from core.projections.shown import ShownRun
from tests.projections.stories import Story, busy_session, full_waitroom
from widgets.add_participants import AddParticipantsDialog
from widgets.dialogs import CloseQuestion, LinksDialog, ProblemDialog
from widgets.end_question import EndQuestion
from widgets.help_dialog import HelpDialog
from widgets.main_window import MainWindow
from widgets.settings_dialog import SettingsDialog
from widgets.start_page import PreviousRun

SIZES = ((1280, 800), (1920, 1080))
TROUBLES = (
    ("P01 and 3 others have waited longer than 4:00.", "warning"),
    ("86 % of 7 proposed groups were rejected in the last 1:00 (limit 170 ms).", "warning"),
    ("Only 812 MB are left on the disk that the log is written to.", "error"),
    ("The engine answers late: up to 812 ms in the last 10 s.", "warning"),
    ("5 of the last 6 probes failed.", "warning"),
    ("Nobody of the 7 who wait can be matched at this limit (150 ms).", "warning"),
)
ENDING = EndForecast(2, 4, 41.0, ("P07", "P11", "P12"), 1)
RUNS = [
    *(
        PreviousRun(f"logs/{hour}", f"run_20261120_1{hour}0312", "quick_start", 1_795_100_592.0 + hour * 3600,
                    "all games had finished")
        for hour in range(5, -1, -1)
    ),
    PreviousRun("logs/run_x", "run_20261101_090000", problem="run.json is missing or cannot be read"),
]  # fmt: skip


def settle(application: QApplication, milliseconds: int = 250) -> None:
    """Let Qt paint and lazy parts arrive."""
    timer = QElapsedTimer()
    timer.start()
    while timer.elapsed() < milliseconds:
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def folded(story: Story, until_s: float) -> ShownRun:
    shown = ShownRun()
    shown.apply(ev.EngineHealth(loop_lag_ms=3.1, clients=12, memory_bytes=91_000_000, disk_free_bytes=56_000_000_000))
    shown.health.latest.elapsed_s = until_s  # the story itself has none
    shown.replay(event for event in story.events if event.elapsed_s <= until_s)
    return shown


def picture(window: QWidget, path: Path) -> None:
    window.grab().save(str(path))
    sys.stdout.write(f"{path}\n")


def main(directory: Path) -> None:
    application = QApplication(sys.argv[:1])
    directory.mkdir(parents=True, exist_ok=True)
    settings = QSettings(str(Path(tempfile.mkdtemp()) / "pictures.ini"), QSettings.Format.IniFormat)
    story = busy_session()
    for theme in ("light", "dark"):
        settings.setValue("window/theme", theme)
        for width, height in SIZES:
            window = MainWindow(application, settings)
            window.resize(width, height)
            window.show()
            window.show_experiment("quick_start", "Meet in the middle", "quick_start · groups of 2 · RTT limit 150 ms")
            window.show_previous_runs(RUNS)
            window.show_empty()
            settle(application, 1500)
            name = f"{theme}_{width}"
            picture(window, directory / f"start_{name}.png")
            window.show_run(folded(story, 262), live=True)
            _draw(application, window, 262.4, directory / f"live_{name}.png")
            if width == SIZES[0][0]:
                _draw_others(application, window, story, theme, directory)
                _draw_troubles(application, window, theme, directory)
            window.close_now()


def _draw(application: QApplication, window: MainWindow, now_s: float, path: Path) -> None:
    for _ in range(4):
        window.refresh(now_s)
        settle(application)
    picture(window, path)


def _draw_others(application: QApplication, window: MainWindow, story: Story, theme: str, directory: Path) -> None:
    window.show_run(folded(Story().begin(), 5), live=True)
    _draw(application, window, 5.0, directory / f"open_{theme}.png")
    window.show_run(folded(story, 1e9), live=False)
    _draw(application, window, story.events[-1].elapsed_s, directory / f"recorded_{theme}.png")
    window.show_run(folded(story, 100), live=True)
    window.show_engine_lost(
        "The engine has stopped unexpectedly at 14:05:12: it was killed by signal 9. The log up to then is safe in "
        "/home/lab/logs/run_20261121_140302. Go on with this run, and everybody comes back to where they were, or "
        "begin a new one from the start page.", "exit code 9", may_resume=True,
    )  # fmt: skip
    _draw(application, window, 100.0, directory / f"lost_{theme}.png")
    window.show_empty()
    window.show_experiment(
        "broken.yaml", "broken.yaml", "",
        "broken.yaml, line 7: scenes[1].duration_s is “sixty”; a number of seconds above 0 is allowed.",
    )  # fmt: skip
    settle(application)
    picture(window, directory / f"broken_{theme}.png")
    links = ["http://192.168.1.23:8765/", "http://10.0.0.7:8765/", "http://localhost:8765/"]
    for name, dialog in (
        ("links", LinksDialog(links, window)), ("close", CloseQuestion("run_20261121_140302", 8, 2, window)),
        ("end", EndQuestion("drain", ENDING, window)), ("add", AddParticipantsDialog(2, 150, window)),
        ("help", HelpDialog(window)), ("settings", SettingsDialog(QSettings(), window)),
         ("problem", ProblemDialog("Port 8765 is taken.", "OSError: 98", window)),
    ):  # fmt: skip
        dialog.open()
        settle(application)
        picture(dialog, directory / f"dialog_{name}_{theme}.png")
        dialog.close()


def _draw_troubles(application: QApplication, window: MainWindow, theme: str, directory: Path) -> None:
    """What is rarely seen, and has to be read at once."""
    shown, now_s = folded(full_waitroom(), 268), 268.0
    window.show_run(shown, live=True)
    for number, (text, severity) in enumerate(TROUBLES):
        shown.apply(ev.AlertRaised(alert=text, text=text, severity=severity, seq=9_000 + number, elapsed_s=now_s))
    _draw(application, window, now_s, directory / f"alert_{theme}.png")
    window.alert_line.details_wanted.emit()
    _draw(application, window, now_s, directory / f"alerts_{theme}.png")
    for number, (text, _) in enumerate(TROUBLES):
        shown.apply(ev.AlertAcknowledged(alert=text, by="maria", seq=9_100 + number, elapsed_s=now_s))
    shown.apply(ev.MatchingPaused(paused=True, by="maria", seq=9_200, elapsed_s=now_s))
    shown.apply(ev.IntakeChanged(open=False, by="maria", seq=9_201, elapsed_s=now_s))
    window.menus.private.setChecked(True)
    window.selection.choose("P02")
    _draw(application, window, now_s + 1, directory / f"paused_{theme}.png")
    window.menus.private.setChecked(False)
    shown.apply(ev.RunEnding(by="maria", seq=9_202, elapsed_s=now_s))
    window.show_refusal("the run is ending")
    _draw(application, window, now_s + 2, directory / f"draining_{theme}.png")
    window.clear_banner()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("pictures"))
