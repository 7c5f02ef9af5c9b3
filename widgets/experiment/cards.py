"""The entries of a list (scenes, ICE servers) as cards, to add, remove and move.

Owns the cards and their buttons. Must not change the list: it tells what is wanted, and follows what is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import takewhile
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from widgets.experiment.description import CardKind, CardList, Edit, Place, value_at
from widgets.experiment.rows import FaultLine, Rows
from widgets.parts.icons import bring_icons, name_icon
from widgets.parts.text import ElidedLabel, PlainLabel, plain_tooltip, shown

OPEN_AT_MOST: Final = 8


class Card(QFrame):
    """One entry. Signals: `move_wanted(by)`, `remove_wanted()`; those of its `rows`."""

    move_wanted = Signal(int)
    remove_wanted = Signal()

    def __init__(self, tag: str, kind: CardKind | None, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("entry")
        self.tag = tag
        self.kind = kind
        settings = kind.settings if kind is not None else ()
        self.rows = Rows(place, settings, [setting.name for setting in settings])
        self.fault = FaultLine()
        self._turn = self._button("", self.tr("Show or hide its settings"), "")
        self._turn.setCheckable(True)
        self._turn.toggled.connect(self.set_open)
        self._title = ElidedLabel(name="cardTitle")
        self._kind = PlainLabel(kind.title if kind is not None else self.tr("Unknown kind"), name="muted")
        if kind is not None:
            self._kind.setToolTip(plain_tooltip(kind.help))
        self.up = self._button("mdi6.arrow-up", self.tr("Move up"), "↑")
        self.down = self._button("mdi6.arrow-down", self.tr("Move down"), "↓")
        self.removal = self._button("mdi6.trash-can-outline", self.tr("Remove (Ctrl+Z brings it back)"), "✕")
        self.up.clicked.connect(lambda: self.move_wanted.emit(-1))
        self.down.clicked.connect(lambda: self.move_wanted.emit(1))
        self.removal.clicked.connect(self.remove_wanted)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._turn)
        head.addWidget(PlainLabel(f"{int(place[-1]) + 1}", name="muted"))
        head.addWidget(self._title, 1)
        head.addWidget(self._kind)
        for button in (self.up, self.down, self.removal):
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 12)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self.fault)
        layout.addWidget(self.rows)
        self.set_open(False)

    def set_open(self, is_open: bool) -> None:
        """Show its settings, or its head alone."""
        self._turn.setChecked(is_open)
        self._turn.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self.rows.setVisible(is_open)

    def show_faults(self, faults: dict[Place, list[str]]) -> None:
        """Those of the entry as a whole stand at its head; any opens it."""
        self.rows.show_faults(faults)
        self.fault.say(faults.get(self.rows.place, []))
        if any(place in faults for place in (self.rows.place, *self.rows.places())):
            self.set_open(True)

    def title(self) -> str:
        """What it is called."""
        return self._title.text()

    def show_values(self, values: Any) -> None:
        """What the whole file says; the card is called by what the entry is."""
        self.rows.show_values(values)
        entry = value_at(values, self.rows.place)
        named = entry if isinstance(entry, dict) else {}
        title = named.get("title") or named.get("id") or named.get("urls") or ""
        self._title.setText(shown(", ".join(title) if isinstance(title, list) else str(title)))

    def _button(self, icon: str, tip: str, sign: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("quiet", True)
        button.setText(sign)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        if icon:
            name_icon(button, icon)
        return button


class Cards(QWidget):
    """All entries. Signals: `edit_wanted(Edit)`; `made(Rows)` for each card's rows."""

    edit_wanted = Signal(object)
    made = Signal(object)

    def __init__(self, described: CardList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._described = described
        self.cards: list[Card] = []
        self._values: Any = {}
        self._to_focus: int | None = None
        self._waits = False  # for what was asked for: until then every position may be another entry's
        self._column = QVBoxLayout()
        self._column.setSpacing(8)
        self._none = PlainLabel(self.tr("There are none."), name="muted")
        self.adders = [self._adder(kind) for kind in described.kinds]
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in self.adders:
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(self._column)
        layout.addWidget(self._none)
        layout.addLayout(buttons)

    @property
    def place(self) -> Place:
        """The list's."""
        return self._described.place

    def show_values(self, values: Any) -> None:
        """As many cards as the file has entries, each of its kind."""
        self._waits = False
        self._values = values
        entries = value_at(values, self._described.place)
        entries = entries if isinstance(entries, list) else []
        shape = [self._tag_of(entry) for entry in entries]
        if shape != [card.tag for card in self.cards]:
            self._make(shape)
        for card in self.cards:
            card.show_values(values)
        self._none.setVisible(not entries)
        if self._to_focus is not None and self._to_focus < len(self.cards):
            self.cards[self._to_focus].set_open(True)
            self.cards[self._to_focus].removal.setFocus()
        self._to_focus = None

    def show_faults(self, faults: dict[Place, list[str]]) -> None:
        """In each card its own."""
        for card in self.cards:
            card.show_faults(faults)

    def _tag_of(self, entry: Any) -> str:
        return str(entry.get(self._described.tag_name, "")) if isinstance(entry, Mapping) else ""

    def _make(self, shape: list[str]) -> None:
        """Those before the first that differs stay."""
        same = sum(1 for _ in takewhile(_are_same, zip(self.cards, shape, strict=False)))
        for card in self.cards[same:]:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        del self.cards[same:]
        kinds = {kind.tag: kind for kind in self._described.kinds}
        for index in range(same, len(shape)):
            card = Card(shape[index], kinds.get(shape[index]), (*self._described.place, index))
            card.set_open(len(shape) <= OPEN_AT_MOST)
            card.rows.edit_wanted.connect(self.edit_wanted)
            card.move_wanted.connect(partial(self._move, index))
            card.remove_wanted.connect(partial(self._remove, index))
            self._column.addWidget(card)
            self.cards.append(card)
            self.made.emit(card.rows)
            bring_icons(card)
        for index, card in enumerate(self.cards):
            card.up.setEnabled(index > 0)
            card.down.setEnabled(index + 1 < len(self.cards))

    def _adder(self, kind: CardKind) -> QPushButton:
        button = QPushButton(self.tr("Add: {}").format(kind.title))
        button.setToolTip(plain_tooltip(kind.help))
        name_icon(button, "mdi6.plus")
        bring_icons(button)
        button.clicked.connect(lambda: self._add(kind))
        return button

    def _add(self, kind: CardKind) -> None:
        entry = dict(kind.new)
        if self._described.unique:
            entry[self._described.unique] = self._free_name(str(entry[self._described.unique]))
        self._want(Edit("insert", self._described.place, entry, len(self.cards)), len(self.cards))

    def _free_name(self, name: str) -> str:
        entries = value_at(self._values, self._described.place)
        taken = {str(one.get(self._described.unique)).casefold() for one in entries if isinstance(one, dict)}
        numbered = (f"{name}_{number}" for number in range(2, len(taken) + 3))
        return next(one for one in (name, *numbered) if one.casefold() not in taken)

    def _move(self, index: int, by: int) -> None:
        self._want(Edit("move", self._described.place, index + by, index), index + by)

    def _remove(self, index: int) -> None:
        self._want(Edit("remove", (*self._described.place, index)), max(0, index - 1))

    def _want(self, edit: Edit, to_focus: int) -> None:
        if not self._waits:
            self._waits, self._to_focus = True, to_focus
            self.edit_wanted.emit(edit)


def _are_same(pair: tuple[Card, str]) -> bool:
    return pair[0].tag == pair[1]
