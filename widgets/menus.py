"""The menu bar: every action of the window with its words, key and tip.

Owns the actions and which of them a run's state allows. Must not do anything: the window connects them, and the
shortcut sheet reads their keys.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from widgets.desk import DOCKS, Desk
from widgets.pages import KEYS, Pages
from widgets.parts.icons import name_icon
from widgets.theme import CHOICES

STARTABLE: Final = ("none", "ended")


class Menus(QObject):
    """Signals: `theme_chosen(choice)`. Everything else is a QAction, named for what it does."""

    theme_chosen = Signal(str)

    def __init__(self, bar: QMenuBar, desk: Desk, pages: Pages, parent: QObject) -> None:
        super().__init__(parent)
        self._bar = bar
        self._make_run_menu(self._menu(self.tr("&Run")))
        self._make_view_menu(self._menu(self.tr("&View")), desk)
        self._make_go_menu(self._menu(self.tr("&Go")), pages)
        self._make_help_menu(self._menu(self.tr("&Help")))

    def add_menu(self, title: str) -> QMenu:
        """One more, behind the first."""
        menu = self._menu(title)
        self._bar.insertMenu(self._bar.actions()[1], menu)
        return menu

    def follow(self, state: str, *, at_start: bool, on_session: bool, live: bool, paused: bool) -> None:
        """Offer what can be done: `state` is the live run's ("none" without one); `at_start`: there is no run to be
        seen; `on_session`: the session's page is seen, not another.
        """
        panels_seen = on_session and not at_start
        on = live and state in ("open", "closed")
        ended = live and state == "ended"
        self.start.setEnabled(at_start or ended)
        self.add.setEnabled(live and state == "open")
        self.doors.setEnabled(on)
        self.pause.setEnabled(on)
        self.pause.setText(self.tr("Take &matching up again") if paused else self.tr("Pause &matching"))
        self.drain.setEnabled(on)
        self.now.setEnabled(on or (live and state == "draining"))
        self.copy_link.setEnabled(on)
        self.show_links.setEnabled(on)
        self.leave.setEnabled(not at_start and (not live or ended))
        self.choose.setEnabled(at_start)
        self.export.setEnabled(panels_seen)
        for action in self.panels.values():
            action.setEnabled(panels_seen)
        self.reset_layout.setEnabled(panels_seen)
        self.hide_panel.setEnabled(panels_seen)

    # --- the menus ----------------------------------------------------------------------------------------------------

    def _make_run_menu(self, run: QMenu) -> None:
        act = self._action
        self.start = act(run, self.tr("&Start a run"), "Ctrl+R", self.tr("Make a run directory and open the doors"))
        self.choose = act(run, self.tr("&Choose an experiment…"), "Ctrl+O", self.tr("Open an experiment file"))
        name_icon(self.choose, "mdi6.folder-open-outline")
        self.leave = act(
            run, self.tr("&Back to the start page"), "Alt+Left", self.tr("Leave a run that is over or only looked at")
        )
        run.addSeparator()
        self.add = act(
            run,
            self.tr("&Add test participants…"),
            "Ctrl+T",
            self.tr("Test pages or bots from this computer; or stop them"),
        )
        name_icon(self.add, "mdi6.account-plus-outline")
        self.copy_link = act(run, self.tr("Copy the participants' &link"), "Ctrl+L", self.tr("To be sent to them"))
        name_icon(self.copy_link, "mdi6.content-copy")
        self.show_links = act(
            run, self.tr("Show the link as a &QR code…"), "Ctrl+K", self.tr("With every address of this computer")
        )
        name_icon(self.show_links, "mdi6.qrcode")
        run.addSeparator()
        self.doors = act(
            run,
            self.tr("Open or close the &doors"),
            "Ctrl+D",
            self.tr("Let newcomers in or not; who is here stays"),
        )
        name_icon(self.doors, "mdi6.door-open")
        self.pause = act(
            run,
            self.tr("Pause &matching"),
            "Ctrl+M",
            self.tr("Form no groups for now; everybody keeps their place"),
        )
        name_icon(self.pause, "mdi6.pause")
        self.drain = act(
            run, self.tr("&End after the games…"), "Ctrl+E", self.tr("Close the doors and end after the last game")
        )
        self.now = act(run, self.tr("End &now…"), "Ctrl+Shift+E", self.tr("Stop everything at once"))
        name_icon(self.now, "mdi6.stop")
        run.addSeparator()
        self.export = act(
            run, self.tr("E&xport as tables…"), "Ctrl+Shift+X", self.tr("The run that is seen, as CSV or Parquet")
        )
        name_icon(self.export, "mdi6.table-arrow-right")
        run.addSeparator()
        self.settings = act(run, self.tr("Se&ttings…"), "Ctrl+,", self.tr("Your name, theme, sounds, folder of runs"))
        self.settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        name_icon(self.settings, "mdi6.cog-outline")
        self.quit = act(run, self.tr("&Quit"), "Ctrl+Q", self.tr("Close the window; a run may go on without it"))
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)

    def _make_view_menu(self, view: QMenu, desk: Desk) -> None:
        self.panels = {}
        for number, name in enumerate(DOCKS, start=1):
            tip = self.tr("Show this panel and go there")
            action = self._action(view, desk.docks[name].windowTitle(), f"Ctrl+{number}", tip)
            action.triggered.connect(_on(partial(desk.go_to, name)))
            self.panels[name] = action
        view.addSeparator()
        self.hide_panel = self._action(view, self.tr("&Hide this panel"), "Ctrl+W", self.tr("The one with the cursor"))
        self.hide_panel.triggered.connect(_on(desk.hide_focused))
        shown = self._submenu(view, self.tr("&Panels shown"))
        for name in DOCKS:
            toggle = desk.docks[name].toggleViewAction()
            toggle.setToolTip(self.tr("Show or hide this panel"))
            shown.addAction(toggle)
        self.reset_layout = self._action(
            view, self.tr("&Reset layout"), "Ctrl+0", self.tr("All panels, where they are at first")
        )
        self.reset_layout.triggered.connect(_on(desk.arrange))
        view.addSeparator()
        self.private = self._action(
            view,
            self.tr("&Privacy mode"),
            "Ctrl+Shift+P",
            self.tr("Pseudonyms for people, and nothing they wrote"),
        )
        self.private.setCheckable(True)
        self._make_theme_menu(self._submenu(view, self.tr("&Theme")))
        self.full_screen = self._action(view, self.tr("&Full screen"), "F11", self.tr("The whole screen, or back"))

    def _make_theme_menu(self, menu: QMenu) -> None:
        names = {"system": self.tr("As the &system"), "light": self.tr("&Light"), "dark": self.tr("&Dark")}
        group = QActionGroup(self)
        self.themes: dict[str, QAction] = {}
        for choice in CHOICES:
            action = menu.addAction(names[choice])
            action.setCheckable(True)
            action.triggered.connect(_on(partial(self.theme_chosen.emit, choice)))
            group.addAction(action)
            self.themes[choice] = action

    def _make_go_menu(self, menu: QMenu, pages: Pages) -> None:
        self.pages = {}
        for name in pages.names:
            action = self._action(menu, pages.titles[name], KEYS[name], pages.tips[name])
            action.triggered.connect(_on(partial(pages.go_to, name)))
            self.pages[name] = action

    def _make_help_menu(self, menu: QMenu) -> None:
        self.shortcuts = self._action(menu, self.tr("&Keys and marks"), "F1", self.tr("What each key does"), "?")

    def _menu(self, title: str) -> QMenu:
        menu: QMenu = self._bar.addMenu(title)
        menu.setToolTipsVisible(True)
        return menu

    def _submenu(self, menu: QMenu, title: str) -> QMenu:
        submenu: QMenu = menu.addMenu(title)
        submenu.setToolTipsVisible(True)
        submenu.menuAction().setToolTip(title.replace("&", ""))
        return submenu

    def _action(self, menu: QMenu, words: str, keys: str, tip: str, *more_keys: str) -> QAction:
        action: QAction = menu.addAction(words)
        action.setShortcuts([QKeySequence(each) for each in (keys, *more_keys)])
        action.setToolTip(f"{tip} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})")
        return action


def _on(do: Callable[[], None]) -> Callable[..., None]:
    """A slot that leaves what the signal says."""
    return lambda *_said: do()
