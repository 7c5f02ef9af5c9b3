"""Who waits, since when, how well connected, and why they are not matched yet.

Owns table, filter and which person is chosen. Must not keep rows or words of its own (waitroom_model.py,
waitroom_detail.py).
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelection, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QLineEdit, QSplitter, QWidget

from core.projections.why_not import WhyNot
from widgets.palette import colours_of
from widgets.parts.notes import EmptyNote, Stack
from widgets.parts.panel import Panel
from widgets.parts.plain_rows import set_up_rows
from widgets.parts.text import PlainLabel, steady_digits
from widgets.waitroom_cells import WaitroomTable
from widgets.waitroom_detail import WaitroomDetail
from widgets.waitroom_model import (
    PARTICIPANT,
    RTT,
    SEEN,
    STATE,
    TAB,
    TRIES,
    WAITED,
    WHY,
    WaitroomModel,
)

NARROW = 120  # in average characters: below, tab and last seen are left to the state, and the sparkline goes
# Of each column but the stretched one: its width in characters where there is room, and where there is little.
WIDTHS = (
    (PARTICIPANT, 12, 11), (WAITED, 10, 9), (STATE, 23, 22), (RTT, 14, 9), (TRIES, 6, 5), (TAB, 8, 8), (SEEN, 7, 7),
)  # fmt: skip


class WaitroomPanel(Panel):
    """`person_chosen(subject_id)` says whom the operator chose, "" for nobody; `choose` is told so from elsewhere."""

    title = "Waitroom"
    wants_time = True
    person_chosen = Signal(str)

    def __init__(self, why_not: WhyNot, *, controls_enabled: bool, parent: QWidget | None = None) -> None:
        super().__init__(why_not.waitroom, why_not.pairs, why_not.run, parent=parent)
        self._why_not = why_not
        self._rows = why_not.waitroom.rows
        self._shown_version, self._shown_second = -1, -1
        self._now_elapsed_s = 0.0
        self._chosen = ""
        self._settled = True
        self._narrow: bool | None = None
        self._urgent = 0
        self.model = WaitroomModel(why_not, self)
        self.table = WaitroomTable()
        self.filter = QLineEdit()
        self.detail = WaitroomDetail(why_not)
        self._found = PlainLabel(name="muted")
        self._found.hide()
        self._set_up_table()
        self._set_up_filter()
        self._empty = EmptyNote("", self.table.viewport())
        self._lay_out()
        self._recolour()

    # --- set-up -------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        top = QWidget()
        row = QHBoxLayout(top)
        row.setContentsMargins(8, 6, 8, 4)
        row.setSpacing(8)
        row.addWidget(self.filter, 1)
        row.addWidget(self._found)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.table)
        self._split.addWidget(self.detail)
        self._split.setSizes([400, 600])
        self.detail.hide()
        self.detail.close_wanted.connect(lambda: self._choose_and_say(""))
        layout = Stack(self)
        layout.setContentsMargins(1, 0, 1, 1)
        layout.addWidget(top)
        layout.addWidget(self._split, 1)
        self.setFocusProxy(self.table)

    def _set_up_filter(self) -> None:
        self.filter.setPlaceholderText(self.tr("Filter by name or state (Ctrl+F)"))
        self.filter.setToolTip(self.tr("Show only people in whose name, state or tab these words stand, e.g. “hidden”"))
        self.filter.setAccessibleName(self.tr("Filter the waitroom"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._on_filter)
        self.filter.installEventFilter(self)
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.setWhatsThis(self.tr("filter by name or state"))
        find.activated.connect(self._to_filter)

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName(self.tr("Waitroom: participants who wait for partners"))
        table.setSortingEnabled(True)
        table.sortByColumn(WAITED, Qt.SortOrder.DescendingOrder)
        table.setFont(steady_digits(table.font()))
        set_up_rows(table, 11)
        table.setAlternatingRowColors(True)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.selectionModel().selectionChanged.connect(self._on_selection)
        table.installEventFilter(self)
        columns = table.horizontalHeader()
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        columns.setSectionResizeMode(WHY, QHeaderView.ResizeMode.Stretch)
        # The model puts the sign into the heading's words, where it cannot cover them.
        columns.setSortIndicatorShown(False)
        columns.setMinimumSectionSize(40)

    # --- refresh ------------------------------------------------------------------------------------------------------

    def refresh(self, now_elapsed_s: float) -> None:
        """Rows if something happened, times once a second."""
        version = self._why_not.version
        if version == self._shown_version and int(now_elapsed_s) == self._shown_second:
            return
        self._shown_version, self._shown_second = version, int(now_elapsed_s)
        self._now_elapsed_s = now_elapsed_s
        self._settled = False  # Qt chooses a neighbour when a chosen row goes; the operator did not
        self.model.refresh(now_elapsed_s)
        self._settled = True
        self._urgent = self.model.urgent()
        self._say_what_is_not_shown()
        if self._chosen and self._chosen not in self._rows:
            self._choose_and_say("")
        else:
            self.choose(self._chosen)

    def start_anew(self) -> None:
        """Another moment of the run; who is chosen stays so, if they wait then, too."""
        self._settled = False
        self._rows = self._why_not.waitroom.rows
        self._shown_version = -1
        self.model.start_anew()
        self._settled = True

    def note(self) -> str:
        """How many, and how many of them are about to go."""
        if not self._rows:
            return ""
        going = self.tr(" · {} about to go").format(self._urgent) if self._urgent else ""
        return f"{len(self._rows)}{going}"

    def _say_what_is_not_shown(self) -> None:
        shown = self.model.rowCount()
        filtered = bool(self.filter.text().strip())
        self._found.setText(self.tr("{} of {}").format(shown, len(self._rows)) if filtered else "")
        self._found.setVisible(filtered)
        self._empty.setVisible(shown == 0)
        self._empty.setText(self._empty_text())

    def _empty_text(self) -> str:
        if self._rows:
            return self.tr("Nobody of the {} who wait fits this filter.\nEsc clears it.").format(len(self._rows))
        if self._why_not.run.state == "ended":
            return self.tr("Nobody was left in the waitroom when the run ended.")
        return self.tr("Nobody is waiting.\nParticipants appear here when they reach a game and need partners.")

    # --- choosing -----------------------------------------------------------------------------------------------------

    def choose(self, subject_id: str) -> None:
        """Mark this person, "" for nobody, without saying so upward."""
        self._chosen = subject_id if subject_id in self._rows else ""
        place = self.model.place_of(self._chosen) if self._chosen else None
        marked = [index.row() for index in self.table.selectionModel().selectedRows()]
        self._settled = False
        if place is None and marked:
            self.table.clearSelection()
        elif place is not None and marked != [place]:
            self.table.selectRow(place)
        self._settled = True
        self.detail.setVisible(bool(self._chosen))
        if self._chosen:
            self.detail.show_person(self._chosen, self._now_elapsed_s)

    def _choose_and_say(self, subject_id: str) -> None:
        if subject_id != self._chosen:
            self.choose(subject_id)
            self.person_chosen.emit(self._chosen)

    def _on_selection(self, _new: QItemSelection, _old: QItemSelection) -> None:
        rows = self.table.selectionModel().selectedRows()
        if rows and self._settled:
            self._choose_and_say(self.model.subject_at(rows[0].row()))

    # --- keys and looks -----------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc goes back a step: from the filter to the table, from a person to nobody. Down leaves the filter."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if watched is self.filter and event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.table.setFocus()
            if self.model.rowCount() and not self.table.currentIndex().isValid():
                self.table.selectRow(0)
            return True
        if event.key() == Qt.Key.Key_Escape:
            if watched is self.table and self._chosen:
                self._choose_and_say("")
            else:
                self.filter.clear()
                self.table.setFocus()
            return True
        return False

    def _to_filter(self) -> None:
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def _on_filter(self, text: str) -> None:
        self._settled = False
        self.model.set_filter(text)
        self._settled = True
        self.choose(self._chosen)
        self._say_what_is_not_shown()

    def resizeEvent(self, event: object) -> None:
        """Where there is little room, the least telling columns give way."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        character = self.table.fontMetrics().averageCharWidth()
        narrow = self.width() < NARROW * character
        if narrow == self._narrow:
            return
        self._narrow = narrow
        self.model.be_brief(narrow)
        for column in (TAB, SEEN):
            self.table.setColumnHidden(column, narrow)
        for column, wide, least in WIDTHS:
            self.table.setColumnWidth(column, (least if narrow else wide) * character + 14)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "model"):
            self._recolour()

    def _recolour(self) -> None:
        self.model.recolour(colours_of(self))
        self.table.delegate.recolour(colours_of(self))
