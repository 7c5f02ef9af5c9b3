"""The dialog that sends test pages and bots into a run, lists those who take part, and lets them leave again.

Owns its words and fields. Must not start or end anybody: it says what is wanted, and shows what it is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from widgets.bot_fields import BotFields
from widgets.parts.icons import bring_icons, name_icon
from widgets.parts.text import PlainLabel, plain_tooltip
from widgets.stand_ins import MOST_PAGES, USUAL_LIMIT_MS, Bots, Pages, StandIn

ROWS_SEEN: Final = 3
ROW_HEIGHT: Final = 44  # with words in two lines
LEAST_WIDTH: Final = 620


class AddParticipantsDialog(QDialog):
    """Stays open, so that some can be sent after others. Signals: `wanted(Pages | Bots)`, `stop_wanted(key)` with a
    StandIn's key, or None for all of them.

    `limit_ms` is the RTT limit in force, which the ready-made crowds are made for; `suggested` the size of a group.
    """

    wanted = Signal(object)
    stop_wanted = Signal(object)

    def __init__(self, suggested: int, limit_ms: int | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Add test participants"))
        self.kinds = QTabWidget()
        self.kinds.setDocumentMode(True)
        self.bots = BotFields(limit_ms or USUAL_LIMIT_MS)
        self.kinds.addTab(self._make_pages(suggested), self.tr("Test &pages"))
        self.kinds.addTab(self.bots, self.tr("&Bots"))
        self.kinds.currentChanged.connect(self._fit_add)
        self.problem = PlainLabel(name="problem", wrap=True)
        self.problem.hide()
        self._rows: dict[int, tuple[StandIn, QWidget]] = {}
        self._make_list()
        self._make_buttons()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        for widget in (self.kinds, self.problem, self._list, self._buttons):
            layout.addWidget(widget)
        # Only a button that is in its dialog can be made the default.
        self.add.setDefault(True)
        self.setMinimumWidth(LEAST_WIDTH)
        self.show_running([])
        self._fit_add()
        bring_icons(self)

    # --- what is told -------------------------------------------------------------------------------------------------

    def show_running(self, running: Sequence[StandIn]) -> None:
        """Who takes part now; rows that stay are not made anew, so that the cursor stays in them."""
        now = {each.key: each for each in running}
        for key in [key for key, (known, _) in self._rows.items() if now.get(key) != known]:
            _, row = self._rows.pop(key)
            row.hide()
            row.deleteLater()
        for place, each in enumerate(running):
            if each.key not in self._rows:
                row = self._row(each)
                self._rows[each.key] = (each, row)
                self._rows_layout.insertWidget(place, row)
        self.nobody.setVisible(not running)
        self._scroll.setVisible(bool(running))
        self._fit_list()
        self.stop_all.setEnabled(any(not each.stopping for each in running))

    def show_problem(self, sentence: str) -> None:
        """Why some could not be sent, or ended; "" forgets it."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    # --- set-up -------------------------------------------------------------------------------------------------------

    def _make_pages(self, suggested: int) -> QWidget:
        self.number = QSpinBox()
        self.number.setRange(1, MOST_PAGES)
        self.number.setValue(min(max(1, suggested), MOST_PAGES))
        self.number.setMinimumSize(90, 30)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.number.setToolTip(self.tr("Each in a window of its own, at most {}").format(MOST_PAGES))
        self.number.setAccessibleName(self.tr("Number of test pages"))
        caption = PlainLabel(self.tr("How &many"))
        caption.setBuddy(self.number)
        row = QHBoxLayout()
        row.addWidget(caption)
        row.addWidget(self.number)
        row.addStretch(1)
        self.by_themselves = QCheckBox(self.tr("They go through the pages and play by &themselves"))
        self.by_themselves.setToolTip(self.tr("The log marks them as simulated. Off: you play in their windows."))
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 14, 0, 4)
        layout.setSpacing(14)
        text = self.tr(
            "Real participant pages in windows of their own. They measure each other over WebRTC as participants' "
            "browsers do, so that a session can be tried alone."
        )
        layout.addWidget(PlainLabel(text, wrap=True))
        layout.addLayout(row)
        layout.addWidget(self.by_themselves)
        layout.addStretch(1)
        return page

    def _make_list(self) -> None:
        self.nobody = PlainLabel(
            self.tr("Nobody yet. Whoever you add is listed here until they have left."), name="muted"
        )
        self.stop_all = QPushButton(self.tr("Stop a&ll"))
        self.stop_all.setToolTip(self.tr("Let every test page and bot leave"))
        self.stop_all.setAutoDefault(False)
        self.stop_all.clicked.connect(lambda: self.stop_wanted.emit(None))
        head = QHBoxLayout()
        head.addWidget(PlainLabel(self.tr("Taking part now"), name="cardTitle"), 1)
        head.addWidget(self.stop_all)
        inside = QWidget()
        self._rows_layout = QVBoxLayout(inside)
        self._rows_layout.setContentsMargins(0, 0, 0, 0)
        self._rows_layout.setSpacing(0)
        self._rows_layout.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(inside)
        inside.setObjectName("sheet")
        self._list = QFrame()
        self._list.setObjectName("card")
        layout = QVBoxLayout(self._list)
        layout.setContentsMargins(14, 10, 14, 12)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.nobody)
        layout.addWidget(self._scroll)

    def _make_buttons(self) -> None:
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self._buttons.rejected.connect(self.reject)
        self.add = self._buttons.addButton(self.tr("&Add"), QDialogButtonBox.ButtonRole.ActionRole)
        self.add.setProperty("primary", True)
        self.add.clicked.connect(self._want)

    def _row(self, each: StandIn) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 2, 6, 2)
        who = PlainLabel(self._words_of(each.wish), wrap=True)
        layout.addWidget(who, 1)
        if each.stopping:
            layout.addWidget(PlainLabel(self.tr("leaving…"), name="muted"))
            return row
        stop = QPushButton(self.tr("Stop"))
        stop.setAutoDefault(False)
        stop.setToolTip(plain_tooltip(self.tr("Let these leave: {}").format(who.text())))
        stop.setAccessibleName(self.tr("Stop {}").format(who.text()))
        stop.clicked.connect(lambda: self.stop_wanted.emit(each.key))
        name_icon(stop, "mdi6.stop")
        layout.addWidget(stop)
        bring_icons(row)
        return row

    def _words_of(self, wish: Pages | Bots) -> str:
        if isinstance(wish, Pages):
            kind = self.tr("pages that play by themselves") if wish.by_themselves else self.tr("test pages")
            return f"{wish.number} {kind}"
        parts = [self.tr("{} bots").format(wish.number)]
        if wish.real:
            parts.append(self.tr("RTT measured, {}–{} ms added").format(wish.low_ms, wish.high_ms))
        else:
            parts.append(self.tr("made-up RTT {}–{} ms").format(wish.low_ms, wish.high_ms))
        if wish.arrivals_per_min is not None:
            if wish.at_once:
                parts.append(self.tr("{} at once").format(wish.at_once))
            parts.append(self.tr("{} arrive a minute").format(wish.arrivals_per_min))
        for share, words in (
            (wish.loss, self.tr("{} % loss")), (wish.no_webrtc, self.tr("{} % without WebRTC")),
            (wish.drops, self.tr("{} % drop")), (wish.hidden, self.tr("{} % hidden")),
            (wish.silent, self.tr("{} % silent")),
        ):  # fmt: skip
            if share:
                parts.append(words.format(round(share * 100)))
        return " · ".join(parts)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, other lines."""
        super().resizeEvent(event)
        self._fit_list()

    def _fit_list(self) -> None:
        """As high as the rows are, up to a few of them."""
        wanted = self._rows_layout.heightForWidth(max(self._scroll.viewport().width(), LEAST_WIDTH // 2))
        self._scroll.setFixedHeight(min(wanted, ROW_HEIGHT * ROWS_SEEN) + 4)

    # --- acting -------------------------------------------------------------------------------------------------------

    def _fit_add(self) -> None:
        bots = self.kinds.currentWidget() is self.bots
        self.add.setText(self.tr("&Add bots") if bots else self.tr("&Add pages"))
        self.add.setToolTip(
            self.tr("Send them into this run; the dialog stays open") if bots else self.tr("Open their windows")
        )

    def _want(self) -> None:
        self.show_problem("")
        if self.kinds.currentWidget() is self.bots:
            self.wanted.emit(self.bots.wish())
        else:
            self.wanted.emit(Pages(self.number.value(), self.by_themselves.isChecked()))


class StandInsAtHand(QObject):
    """What the window knows of them: one dialog at a time, and the list it shows. Signals as the dialog's."""

    wanted = Signal(object)
    stop_wanted = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._running: Sequence[StandIn] = ()
        self.dialog: AddParticipantsDialog | None = None

    def ask(self, suggested: int, limit_ms: int | None) -> None:
        """Open the dialog, or bring it to the front."""
        if self.dialog is None:
            self.dialog = AddParticipantsDialog(suggested, limit_ms, self._window)
            self.dialog.wanted.connect(self.wanted)
            self.dialog.stop_wanted.connect(self.stop_wanted)
            self.dialog.finished.connect(self._forget)
            self.dialog.show_running(self._running)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def show_running(self, running: Sequence[StandIn]) -> None:
        """Who takes part now."""
        self._running = running
        if self.dialog is not None:
            self.dialog.show_running(running)

    def show_problem(self, sentence: str) -> None:
        """Why some could not take part, where it is read: in the dialog if it is open."""
        if self.dialog is not None:
            self.dialog.show_problem(sentence)

    def close(self) -> None:
        """The run they were for is not seen any longer."""
        if self.dialog is not None:
            self.dialog.reject()

    def _forget(self) -> None:
        self.dialog = None
