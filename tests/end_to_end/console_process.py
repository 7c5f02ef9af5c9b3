"""The real console in a process of its own, telling in JSON lines what its window shows (see tests/json_process.py).

    python -m tests.end_to_end.console_process SETTINGS_INI [arguments of main.py]

Owns reading the window and doing what an operator's hand would do. Must not change how the console works: it is put
together as app/console.py does it, with settings of its own.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from pathlib import Path
from typing import Any

import qasync
from PySide6.QtCore import QItemSelectionModel, QSettings, QTimer
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QLineEdit,
    QMessageBox,
    QTableView,
    QTabWidget,
    QWidget,
)

from app import demo
from app.commands_session import COMMANDS, console_parser
from app.console import Console, listen_to_signals
from app.options import Options
from tests.picture_files import save_small
from widgets.main_window import MainWindow
from widgets.parts.text import PlainLabel
from widgets.stand_ins import Pages
from widgets.time_track import PER_S, TimeTrack


class Hand:
    """Answers asks about the window: `ask_<name>` for each."""

    def __init__(self, window: MainWindow, console: Console) -> None:
        self._window = window
        self._console = console

    def ask_window(self) -> dict[str, Any]:
        """All that can be read in the window."""
        window = self._window
        runs = window.start_page.runs
        return {
            "title": window.windowTitle(),
            "start_page": window.start_page.isVisible(),
            "banner": window.banner.text() if window.banner.isVisible() else "",
            "dialogs": [texts_of(dialog) for dialog in window.findChildren(QDialog) if dialog.isVisible()],
            "previous_runs": [runs.item(row, 0).text() for row in range(runs.rowCount())],
            "run": None if window.run_bar is None else self._run(),
        }

    def _run(self) -> dict[str, Any]:
        bar, panels = self._window.run_bar, self._window.panels
        assert bar is not None
        people, feed = panels["waitroom"].model, panels["activity"].model
        return {
            "run_id": bar.run_id.text(),
            "state": bar.state.text(),
            "elapsed": bar.elapsed.text(),
            "link": bar.join.field.text() if bar.join.field.isVisible() else "",
            "start_again": bar.buttons.start.isVisible(),
            "counts": {state: tile.value() for state, tile in bar.tiles.items()},
            "waitroom": [
                [str(people.index(row, column).data()) for column in range(people.columnCount())]
                for row in range(people.rowCount())
            ],
            "activity": [feed.index(row, 0).data() for row in range(feed.rowCount())],
            "probes": panels["probes"].legend.texts(),
            "limit_ms": panels["probes"].limit.field.value(),
            "timeline": panels["timeline"].note(),
        }

    def ask_engine(self) -> dict[str, Any]:
        """Which engine the console works with."""
        wishes = self._console.wishes
        engine = wishes.link.engine if wishes is not None else None
        return {"pid": None if engine is None else engine.file.pid, "state": wishes.link.state.state if wishes else ""}

    def ask_start(self) -> None:
        """Press Start, on the start page or in the run bar."""
        bar = self._window.run_bar
        if self._window.start_page.isVisible():
            self._window.start_page.start_button.click()
        elif bar is not None:
            bar.buttons.start.click()

    def ask_limit(self, limit_ms: int) -> None:
        """Type another limit."""
        field = self._window.panels["probes"].limit.field
        field.setFocus()
        field.setValue(limit_ms)
        field.editingFinished.emit()

    def ask_add_participants(self, number: int) -> None:
        """As the dialog does."""
        self._window.stand_ins.wanted.emit(Pages(number))

    def ask_end(self, mode: str) -> None:
        """As the confirmed question does."""
        self._window.end_wanted.emit(mode)

    def ask_resume(self) -> None:
        """The banner's other button."""
        self._window.banner.other_wanted.emit()

    def ask_back(self) -> None:
        """The banner's button, or Alt+Left."""
        self._window.leave_run_wanted.emit()

    def ask_open_run(self, path: str) -> None:
        """Double click in the list of runs."""
        self._window.open_run_wanted.emit(path)

    def ask_close_window(self) -> None:
        """The window's own close button."""
        self._window.close()

    def ask_press(self, words: str) -> bool:
        """Press the button with these words in the open question; whether there was one."""
        for question in self._window.findChildren(QMessageBox):
            for button in question.buttons():
                if question.isVisible() and words in button.text().replace("&", ""):
                    button.click()
                    return True
        return False

    def ask_resize(self, width: int, height: int) -> None:
        """The window's size."""
        self._window.resize(width, height)

    def ask_repaint(self, every_ms: int) -> None:
        """From now on, paint everything that is seen this often, whether it has changed or not."""
        timer = QTimer(self._window, interval=every_ms)
        timer.timeout.connect(self._repaint)
        timer.start()

    def _repaint(self) -> None:
        for widget in self._window.findChildren(QWidget):
            if widget.isVisible():
                widget.update()

    def ask_theme(self, choice: str) -> None:
        """As the menu does."""
        self._window.menus.themes[choice].trigger()

    def ask_choose(self, subject_id: str) -> None:
        """As a click on somebody does, wherever they are shown."""
        self._window.selection.choose(subject_id)

    def ask_wish(self, intent: str, fields: dict[str, Any]) -> None:
        """As the dialogs of the menu Operator and of the drawer do once they are agreed to."""
        self._window.intent_wanted.emit(intent, fields)

    def ask_panel(self, panel: str) -> None:
        """As its key does."""
        self._window.desk.go_to(panel)

    def ask_page(self, page: str) -> bool:
        """As its key does; whether there is such a page."""
        there = page in self._window.pages.names
        if there:
            self._window.pages.go_to(page)
        return there

    def ask_rows(self, rows: list[int]) -> None:
        """Mark these rows of the page's table, with Ctrl held down."""
        table = next(
            table for table in self._window.pages.currentWidget().findChildren(QTableView) if table.isVisible()
        )
        table.clearSelection()
        for row in rows:
            chosen = table.model().index(row, 0)
            how = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
            table.selectionModel().setCurrentIndex(chosen, how)

    def ask_type(self, field: str, words: str) -> bool:
        """Over what stands in the page's field of that name, and Enter; whether there is one."""
        for line in self._window.pages.currentWidget().findChildren(QLineEdit):
            if line.isVisible() and line.isEnabled() and line.accessibleName() == field:
                line.setText(words)
                line.returnPressed.emit()
                return True
        return False

    def ask_click(self, words: str) -> None:
        """The button of the page that is seen with these words on it."""
        for button in self._window.pages.currentWidget().findChildren(QAbstractButton):
            if button.isVisible() and button.text().replace("&", "") == words:
                button.click()
                return
        raise KeyError(words)

    def ask_buttons(self) -> list[str]:
        """The words on those that can be pressed on the page that is seen."""
        buttons = self._window.pages.currentWidget().findChildren(QAbstractButton)
        return [button.text().replace("&", "") for button in buttons if button.isVisible() and button.isEnabled()]

    def ask_moment(self, elapsed_s: float) -> None:
        """The time slider of a recorded run, dragged there."""
        self._window.findChild(TimeTrack).setValue(round(elapsed_s * PER_S))

    def ask_dialog(self, action: str) -> None:
        """As the menu entry does."""
        getattr(self._window.menus, action).trigger()

    def ask_dialog_tab(self, words: str) -> None:
        """The tab with these words in the dialog that is open."""
        (tabs,) = [tabs for tabs in self._window.findChildren(QTabWidget) if tabs.isVisible() and self._in_dialog(tabs)]
        titles = [tabs.tabText(index).replace("&", "") for index in range(tabs.count())]
        tabs.setCurrentIndex(titles.index(words))

    def _in_dialog(self, widget: QWidget) -> bool:
        return widget.window() is not self._window

    def ask_close_dialogs(self) -> None:
        """Esc, in each."""
        for dialog in self._window.findChildren(QDialog):
            if dialog.isVisible():
                dialog.reject()

    def ask_picture(self, path: str, of: str = "window") -> bool:
        """Save what the window shows; `of` is a panel's name, or "dialog" for the one that is open."""
        drawn: QWidget = self._window
        if of == "dialog":
            (drawn,) = [dialog for dialog in self._window.findChildren(QDialog) if dialog.isVisible()]
        elif of != "window":
            drawn = self._window.desk.docks[of]
        return save_small(drawn.grab().toImage(), Path(path))


def texts_of(dialog: QWidget) -> str:
    """What a dialog says."""
    if isinstance(dialog, QMessageBox):
        return f"{dialog.text()} {dialog.informativeText()}"
    return " ".join(label.text() for label in dialog.findChildren(PlainLabel))


async def live(console: Console, hand: Hand) -> int:
    """The console, and the answers, in one loop; closing stdin closes it as a polite kill would."""
    loop = asyncio.get_running_loop()

    def answer(line: str) -> None:
        ask = json.loads(line)
        number, name = ask.pop("id"), ask.pop("ask")
        try:
            reply = {"answer": getattr(hand, f"ask_{name}")(**ask)}
        except (AttributeError, KeyError, TypeError) as problem:
            reply = {"error": f"{type(problem).__name__}: {problem}"}
        print(json.dumps({"id": number, **reply}), flush=True)

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(answer, line)
        loop.call_soon_threadsafe(console.close_at_once)

    threading.Thread(target=read, name="stdin", daemon=True).start()
    return await console.run()


def options_of(arguments: list[str]) -> Options:
    """As main.py makes them; `demo` may stand first."""
    if arguments[:1] == ["demo"]:
        _, make_parser = COMMANDS["demo"]
        typed = make_parser()[0].parse_args(arguments[1:])
        return demo.options_for(Options(logs_dir=typed.logs_dir, port=typed.port), typed.minutes)
    parser, _ = console_parser({})
    given = vars(parser.parse_args(arguments))
    given.pop("version")
    after_s = given.pop("after")
    return Options(open_run=given.pop("open"), after_s=3.0 if after_s is None else after_s, **given)


def main() -> int:
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    settings = QSettings(sys.argv[1], QSettings.Format.IniFormat)
    window = MainWindow(application, settings)
    window.resize(1280, 800)
    window.show()
    console = Console(application, window, settings, options_of(sys.argv[2:]))
    listen_to_signals(console)
    sys.excepthook = console.report_exception
    code: int = qasync.run(live(console, Hand(window, console)))
    return code


if __name__ == "__main__":
    sys.exit(main())
