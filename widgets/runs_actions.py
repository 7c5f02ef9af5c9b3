"""What can be done with the chosen runs: words, keys, and when each is possible.

Owns these actions. Must not do them: the page that has them says what is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from core.analysis.runs.run_line import RunLine
from widgets.parts.icons import name_icon
from widgets.parts.text import plain_tooltip

MOST_COMPARED: Final = 12


class _What(NamedTuple):
    words: str
    tooltip: str
    icon: str
    key: str = ""
    fewest: int = 1
    most: int = 1_000_000
    not_running: bool = False  # a run that is on cannot be taken away


def _whats() -> dict[str, _What]:
    return {
        "open": _What(_tr("Open"), _tr("Look at the chosen run (Enter, or double click)"), "mdi6.open-in-app",
                      most=1),
        "compare": _What(_tr("&Compare"), _tr("Set the chosen runs beside each other: choose 2 to 12"),
                         "mdi6.compare-horizontal", "Ctrl+Shift+C", fewest=2, most=MOST_COMPARED),
        "what_if": _What(_tr("&What if"), _tr("What another limit or matchmaker would have meant for the chosen runs"),
                         "mdi6.tune-variant", "Ctrl+Shift+W", most=MOST_COMPARED),
        "export": _What(_tr("&Export…"), _tr("Write tables of the chosen runs, as CSV or Parquet"),
                        "mdi6.table-arrow-right", "Ctrl+Shift+X"),
        "report": _What(_tr("Re&port…"), _tr("Write one page with everything about the chosen runs (up to 12)"),
                        "mdi6.file-chart-outline", "Ctrl+Shift+R", most=MOST_COMPARED),
        "reveal": _What(_tr("Show in file &manager"), _tr("Show the run's folder in the file manager"),
                        "mdi6.folder-eye-outline", most=1),
        "archive": _What(_tr("&Archive to a file…"), _tr("Put the run into one .zip file, checked byte by byte"),
                         "mdi6.archive-arrow-down-outline", most=1, not_running=True),
        "unarchive": _What(_tr("&Unpack an archive…"), _tr("Take an archived run out of its .zip file, into the logs "
                           "folder"), "mdi6.archive-arrow-up-outline", fewest=0),
        "trash": _What(_tr("Move to &trash…"), _tr("Move the chosen runs to the trash, after a question"),
                       "mdi6.trash-can-outline", "Del", not_running=True),
        "folder": _What(_tr("Look in another &folder…"), _tr("List the runs of another folder, too"),
                        "mdi6.folder-plus-outline", fewest=0),
        "again": _What(_tr("&Look again"), _tr("Look for new and changed runs"), "mdi6.refresh", "Ctrl+Shift+F",
                        fewest=0),
    }  # fmt: skip


class RunsActions(QObject):
    """The actions by name, in order; `review` says which are possible."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._whats = _whats()
        self.by_name: dict[str, QAction] = {}
        for name, what in self._whats.items():
            action = QAction(what.words, self)
            action.setIconText(what.words)  # or a button would leave out the letter and the dots
            key = f" ({QKeySequence(what.key).toString(QKeySequence.SequenceFormat.NativeText)})" if what.key else ""
            action.setToolTip(plain_tooltip(what.tooltip + key))
            action.setWhatsThis(what.tooltip)
            if what.key:
                action.setShortcut(QKeySequence(what.key))
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            name_icon(action, what.icon)
            self.by_name[name] = action

    def review(self, chosen: Sequence[RunLine], *, busy: bool) -> None:
        """For these runs; while `busy` with files, none of those that touch files."""
        running = any(run.state == "running" for run in chosen)
        for name, what in self._whats.items():
            possible = what.fewest <= len(chosen) <= what.most and not (what.not_running and running)
            if busy and name in ("archive", "unarchive", "trash", "export", "report"):
                possible = False
            self.by_name[name].setEnabled(possible)


def _tr(text: str) -> str:
    return QCoreApplication.translate("RunsActions", text)
