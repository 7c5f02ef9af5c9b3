"""What is cut in the window and its dialogs at the smallest size, in a process whose QT_SCALE_FACTOR is another.

    QT_SCALE_FACTOR=2 python -m tests.widgets.scaled_layout

Owns opening everything once; prints a line for each widget whose words do not fit. What counts as cut is
test_shell_layout's.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QSettings, QSize
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from core.analysis.forecast import EndForecast
from core.projections.shown import ShownRun
from tests.projections.stories import Story, busy_session, full_waitroom
from tests.widgets.test_shell_layout import cut_in
from widgets.action_dialogs import message
from widgets.add_participants import AddParticipantsDialog
from widgets.dialogs import CloseQuestion, LinksDialog
from widgets.end_question import EndQuestion
from widgets.help_dialog import HelpDialog
from widgets.main_window import MainWindow
from widgets.settings_dialog import SettingsDialog
from widgets.theme import TEXT_PX

SETTLED_MS = 200


def cut_once_settled(application: QApplication, root: QWidget) -> list[str]:
    """What stays cut when Qt has laid out everything."""
    timer = QElapsedTimer()
    timer.start()
    while timer.elapsed() < SETTLED_MS or (cut_in(root) and timer.elapsed() < 150 * SETTLED_MS):
        application.processEvents()
    return cut_in(root)


def laid_out_whole(dialog: QWidget) -> QWidget:
    """What scrolls is not cut: the dialog, with the inside of its scroll areas as large as that wants to be."""
    for area in dialog.findChildren(QScrollArea):
        area.setMinimumSize(area.widget().sizeHint() + QSize(40, 40))
    return dialog


def main() -> int:
    application = QApplication(sys.argv[:1])
    settings = QSettings(str(Path(tempfile.mkdtemp()) / "scaled.ini"), QSettings.Format.IniFormat)
    window = MainWindow(application, settings)
    window.resize(1280, 720)
    window.show()
    shown = ShownRun()
    shown.replay(busy_session().events)
    found = [f"menu bar in {px} px" for px in (window.menuBar().fontInfo().pixelSize(),) if px != TEXT_PX]
    found += [f"start page: {cut}" for cut in cut_once_settled(application, window)]
    window.show_run(shown, live=True)
    window.refresh(shown.run.last_elapsed_s)
    for name in window.desk.docks:
        window.desk.go_to(name)
        window.selection.choose("P03")
        window.refresh(shown.run.last_elapsed_s)
        found += [f"{name}: {cut}" for cut in cut_once_settled(application, window)]
    begun = ShownRun()
    begun.replay(Story().begin().events)
    window.show_run(begun, live=True)
    window.show_refusal("nobody is here")
    window.refresh(1.0)
    found += [f"a run with nobody: {cut}" for cut in cut_once_settled(application, window)]
    window.clear_banner()
    waiting = ShownRun()
    waiting.replay(full_waitroom().events)
    window.show_run(waiting, live=True)
    window.refresh(waiting.run.last_elapsed_s)
    found += [f"full waitroom: {cut}" for cut in cut_once_settled(application, window)]
    for name in window.pages.names[1:]:
        window.pages.go_to(name)
        found += [f"page {name}: {cut}" for cut in cut_once_settled(application, window)]
    for dialog in (
        LinksDialog(["http://192.168.1.23:8765/"], window), CloseQuestion("run_20261121_140302", 3, 1, window),
        EndQuestion("drain", EndForecast(1, 2, 30.0, ("P07", "P09"), 0), window), AddParticipantsDialog(2, 150, window),
        HelpDialog(window), SettingsDialog(settings, window), message("P03", window),
    ):  # fmt: skip
        dialog.show()
        found += [f"{type(dialog).__name__}: {cut}" for cut in cut_once_settled(application, laid_out_whole(dialog))]
        dialog.close()
    sys.stdout.write("".join(f"{line}\n" for line in found))
    sys.stdout.write(f"looked at {window.width()} × {window.height()} at {window.devicePixelRatioF():g}\n")
    window.close_now()
    return 0


if __name__ == "__main__":
    sys.exit(main())
