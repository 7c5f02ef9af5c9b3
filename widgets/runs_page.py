"""All runs there are: to be found, opened, compared, written about, packed up and put away.

Owns table, buttons and what is said of the work under way. Must not read or touch a run: it says what is wanted and is
handed lines.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, QItemSelectionModel, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSplitter, QToolButton, QVBoxLayout, QWidget

from core.analysis.runs.run_line import RunLine, size_text
from widgets import runs_dialogs
from widgets.palette import colours_of
from widgets.parts.icons import bring_icons
from widgets.parts.notes import EmptyNote
from widgets.runs_actions import RunsActions
from widgets.runs_filter import RunsFilter
from widgets.runs_foot import RunsFoot
from widgets.runs_model import Filter, RunsModel
from widgets.runs_side import RunsSide
from widgets.runs_table import RunsTable

NARROW = 1500
SHOWN_ON_BUTTONS = ("open", "compare", "what_if", "export", "report")
IN_MENU = ("reveal", "archive", "unarchive", "trash", "folder")


class RunsPage(QWidget):
    """Signals: `open_wanted(path)`, `compare_wanted(paths)`, `what_if_wanted(paths)`, `notes_wanted(path, tags, note)`,
    `export_wanted(paths)`, `report_wanted(paths, file, redacted)`, `reveal_wanted(path)`,
    `archive_wanted(path, file)`, `unarchive_wanted(file)`, `trash_wanted(paths)`, `folder_wanted(folder)`,
    `look_wanted()`, `stop_wanted()`.
    """

    open_wanted = Signal(str)
    compare_wanted = Signal(object)
    what_if_wanted = Signal(object)
    export_wanted = Signal(object)
    report_wanted = Signal(object, str, bool)
    notes_wanted = Signal(str, object, str)
    archive_wanted = Signal(str, str)
    unarchive_wanted = Signal(str)
    reveal_wanted = Signal(str)
    trash_wanted = Signal(object)
    folder_wanted = Signal(str)
    look_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = ""
        self._looking = self._busy = False
        self._narrow: bool | None = None
        self.model = RunsModel(self)
        self.table = RunsTable(self.model)
        self.filter = RunsFilter()
        self.side = RunsSide()
        self.actions_ = RunsActions(self)
        self.foot = RunsFoot()
        self._empty = EmptyNote("", self.table.viewport())
        self._connect()
        self._lay_out()
        self._recolour()
        bring_icons(self)
        self._review()

    # --- set-up -------------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.filter.changed.connect(self._on_filter)
        self.side.notes_wanted.connect(self.notes_wanted)
        self.foot.stop.clicked.connect(self.stop_wanted)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._review())
        self.table.doubleClicked.connect(lambda _: self._do("open"))
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.table.installEventFilter(self)
        self.filter.text.installEventFilter(self)
        for name, action in self.actions_.by_name.items():
            action.triggered.connect(lambda _=False, name=name: self._do(name))
            self.addAction(action)
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.setWhatsThis(self.tr("filter the runs"))
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self._to_filter)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for name in SHOWN_ON_BUTTONS:
            buttons.addWidget(self._button(self.actions_.by_name[name], primary=name == "open"))
        more = QToolButton()
        more.setText(self.tr("&More"))
        more.setToolTip(self.tr("File manager, archive, trash, other folders"))
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        more.setMenu(self._menu(IN_MENU))
        buttons.addWidget(more)
        buttons.addStretch(1)
        buttons.addWidget(self._button(self.actions_.by_name["again"]))
        listed = QFrame()
        listed.setObjectName("card")
        card = QVBoxLayout(listed)
        card.setContentsMargins(1, 6, 1, 6)
        card.addWidget(self.table)
        split = self._split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(listed)
        split.addWidget(self.side)
        split.setStretchFactor(0, 1)
        self.side.setMinimumSize(240, 170)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 10)
        layout.setSpacing(10)
        layout.addWidget(self.filter)
        layout.addLayout(buttons)
        layout.addWidget(split, 1)
        layout.addWidget(self.foot)
        self.setFocusProxy(self.table)

    def _button(self, action: QAction, *, primary: bool = False) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setProperty("primary", primary)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _menu(self, names: Sequence[str]) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for name in names:
            menu.addAction(self.actions_.by_name[name])
        return menu

    # --- what is shown ------------------------------------------------------------------------------------------------

    def show_folder(self, folder: str) -> None:
        """Where runs are kept: dialogs begin there."""
        self._folder = folder

    def show_looking(self) -> None:
        """A look through the folders has begun."""
        self._looking = True
        self.foot.show_work(self.tr("Looking for runs…"), 0, None)
        self._review()

    def show_lines(self, lines: Sequence[RunLine], done: int = 0, of: int | None = None) -> None:
        """Runs as they are found, and how many of how many they are by now (None: nobody knows yet)."""
        self.model.put(lines)
        if self._looking:
            self.foot.show_work(self.tr("Looking for runs…"), done, of)
        self.filter.offer_tags(self.model.runs())
        self._review()

    def show_all_found(self, paths: Collection[str] | None, problem: str = "") -> None:
        """The look is over; `paths` are all the runs there are, None if it was stopped on the way."""
        self._looking = False
        if paths is not None:
            self.model.keep_only(paths)
        self._end_work(problem or (self.tr("Stopped: there may be more runs.") if paths is None else ""))

    def show_gone(self, path: str) -> None:
        """A run is there no more."""
        self.model.keep_only({run.path for run in self.model.runs()} - {path})
        self._review()

    def show_working(self, doing: str, done: int = 0, of: int | None = None) -> None:
        """Files are being worked on; other work on files has to wait."""
        self._busy = True
        self.foot.show_work(doing, done, of)
        self._review()

    def show_done(self, said: str) -> None:
        """It is over; `said` is what came of it."""
        self._busy = False
        self._end_work(said)

    def choose(self, paths: Collection[str]) -> None:
        """Choose these runs, as far as they are shown."""
        model = self.table.selectionModel()
        model.clearSelection()
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for row in [row for path in paths if (row := self.model.row_of(path)) is not None]:
            model.select(self.model.index(row, 0), flags)
            model.setCurrentIndex(self.model.index(row, 0), QItemSelectionModel.SelectionFlag.NoUpdate)

    def chosen(self) -> list[RunLine]:
        """The chosen runs, from the top."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self.model.run_at(row) for row in rows]

    def _end_work(self, said: str) -> None:
        self.foot.show_end(said, over=not (self._busy or self._looking))
        self._review()

    def _review(self) -> None:
        """Everything that follows from which runs there are and which are chosen."""
        chosen, runs, shown = self.chosen(), self.model.runs(), self.model.rowCount()
        self.actions_.review(chosen, busy=self._busy)
        self.side.show_runs(chosen)
        parts = [self.tr("{number} runs, {size}").format(
            number=f"{len(runs):,}", size=size_text(sum(run.size_bytes for run in runs)))]  # fmt: skip
        if shown < len(runs):
            parts.append(self.tr("{} shown").format(f"{shown:,}"))
        if len(chosen) > 1:
            parts.append(self.tr("{} chosen").format(len(chosen)))
        self.foot.show_count(" · ".join(parts) if runs else "")
        self._empty.setVisible(shown == 0)
        self._empty.setText(self._empty_text())

    def _empty_text(self) -> str:
        if self.model.runs():
            return self.tr("No run fits this filter.\nEsc clears it.")
        if self._looking:
            return self.tr("Looking for runs…")
        return self.tr(
            "No runs yet in {}.\nEach run you start is kept there. “More” lists the runs of another folder."
        ).format(self._folder or self.tr("the logs folder"))

    # --- what is wanted -----------------------------------------------------------------------------------------------

    def _do(self, name: str) -> None:
        """What an action asks for, of the chosen runs."""
        chosen = self.chosen()
        if not self.actions_.by_name[name].isEnabled():
            return
        paths = [run.path for run in chosen]
        if name in ("compare", "what_if", "export"):
            getattr(self, f"{name}_wanted").emit(paths)
        elif name in ("open", "reveal"):
            getattr(self, f"{name}_wanted").emit(paths[0])
        elif name == "again":
            self.look_wanted.emit()
        else:
            runs_dialogs.ask(self, name, chosen, self._folder, getattr(self, f"{name}_wanted").emit)

    def _show_menu(self, at: QPoint) -> None:
        menu = self._menu([*SHOWN_ON_BUTTONS, *IN_MENU])
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.table.viewport().mapToGlobal(at))

    def _on_filter(self, wanted: Filter) -> None:
        self.model.set_filter(wanted)
        self._review()

    def _to_filter(self) -> None:
        self.filter.text.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.text.selectAll()

    # --- keys and looks -----------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter opens; Esc shows all runs again; Down and Enter lead from the filter to the table."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() == Qt.Key.Key_Escape:
            self.filter.clear()
            self.table.setFocus()
            return True
        if watched is self.table and enter:
            self._do("open")
            return True
        if watched is self.filter.text and (enter or event.key() == Qt.Key.Key_Down):
            self.table.setFocus()
            if self.model.rowCount() and not self.chosen():
                self.table.selectRow(0)
            return True
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window all the width is for the table, and what is known of a run comes below it."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        if narrow == self._narrow:
            return
        self._narrow = narrow
        self._split.setOrientation(Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal)
        self._split.setSizes([700, 170] if narrow else [1600, 270])
        self.side.lie_flat(narrow)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "model"):
            self._recolour()
            bring_icons(self)

    def _recolour(self) -> None:
        self.model.recolour(colours_of(self))
        self.table.recolour(colours_of(self))
