"""The form: one section a group of settings, made from their description.

Owns the sections, which of them are open, the filter, and showing each fault where it belongs. Must not know any
setting by name, nor change the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QToolButton, QVBoxLayout, QWidget

from widgets.experiment.cards import Cards
from widgets.experiment.description import MISSING, Fault, Place, Reading, Section, value_at
from widgets.experiment.fields import Field
from widgets.experiment.rows import FaultLine, Rows
from widgets.parts.text import PlainLabel

OPEN_AT_FIRST = ((), ("scenes",), ("matching",))


class SectionBox(QFrame):
    """One section; its title opens and closes it."""

    def __init__(self, section: Section, order: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.section = section
        self.rows = Rows(section.place, section.settings, order)
        self.cards = Cards(section.cards) if section.cards is not None else None
        self.fault = FaultLine()
        self.head = QToolButton()
        self.head.setObjectName("sectionHead")
        self.head.setCheckable(True)
        self.head.setProperty("quiet", True)
        self.head.setText(section.title)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setToolTip(self.tr("Show or hide these settings"))
        self.head.toggled.connect(self._turn)
        self._state = PlainLabel(name="muted")
        self._state.setContentsMargins(0, 0, 8, 0)
        self._body = QWidget()
        body = QVBoxLayout(self._body)
        body.setContentsMargins(8, 0, 8, 4)
        body.setSpacing(8)
        self._help = PlainLabel(section.help, name="muted", wrap=True)
        body.addWidget(self._help)
        body.addWidget(self.fault)
        body.addWidget(self.rows)
        if self.cards is not None:
            body.addWidget(self.cards)
        self.rows.setVisible(bool(section.settings))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.setSpacing(4)
        top = QHBoxLayout()
        top.addWidget(self.head)
        top.addStretch(1)
        top.addWidget(self._state)
        layout.addLayout(top)
        layout.addWidget(self._body)
        at_first = section.place in OPEN_AT_FIRST and (section.cards is None or bool(section.place))
        self.head.setChecked(at_first)
        self._turn(at_first)

    def show_values(self, values: Any) -> None:
        """What the file says, and how much of it lies here."""
        self.rows.show_values(values)
        if self.cards is not None:
            self.cards.show_values(values)
        number = sum(value_at(values, place) is not MISSING for place in self.rows.places())
        entries = len(self.cards.cards) if self.cards is not None else 0
        parts = [self.tr("{} set").format(number)] if number else []
        parts += [self.tr("1 entry") if entries == 1 else self.tr("{} entries").format(entries)] if entries else []
        self._state.setText(" · ".join(parts) or self.tr("all as by default"))

    def all_rows(self) -> Iterator[Rows]:
        """Its own, and its cards'."""
        yield self.rows
        for card in self.cards.cards if self.cards is not None else ():
            yield card.rows

    def show_rows(self, rows: Rows) -> None:
        """Open what they lie in."""
        self.head.setChecked(True)
        for card in self.cards.cards if self.cards is not None else ():
            if card.rows is rows:
                card.set_open(True)
        rows.build()

    def filter(self, words: str) -> int:
        """Show the settings these words are about; how many."""
        fitting = self.rows.filter(words)
        for card in self.cards.cards if self.cards is not None else ():
            found = card.rows.filter(words)
            if words and found:
                card.set_open(True)
            fitting += found
        return fitting

    def is_used(self, values: Any) -> bool:
        """Whether the file says anything here."""
        if self.section.cards is not None:
            return bool(value_at(values, self.section.cards.place) not in (MISSING, []))
        return bool(self.section.place) and value_at(values, self.section.place) is not MISSING

    def _turn(self, is_open: bool) -> None:
        self._body.setVisible(is_open)
        self.head.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)


class Form(QScrollArea):
    """Signals: `edit_wanted(Edit)`, `entered(place, Setting)`, `text_wanted(place)`."""

    edit_wanted = Signal(object)
    entered = Signal(tuple, object)
    text_wanted = Signal(tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.sections: list[SectionBox] = []
        self._opened: set[int] = set()
        inside = QWidget()
        inside.setObjectName("sheet")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 8, 0)
        self._column.setSpacing(8)
        self._nothing = PlainLabel(self.tr("No setting has these words."), name="muted")
        self._nothing.hide()
        self._column.addWidget(self._nothing)
        self._column.addStretch(1)
        self._inside = inside
        inside.setEnabled(False)
        self.setWidget(inside)

    def minimumSizeHint(self) -> QSize:
        """So wide that nothing is cut: it scrolls up and down only."""
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self._inside.minimumSizeHint().width() + bar, super().minimumSizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fields that are made may need more room."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self._inside:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def describe(self, sections: Sequence[Section]) -> None:
        """Make the sections."""
        top = [str(one.place[0]) for one in sections if one.place]
        for section in sections:
            names = [setting.name for setting in section.settings]
            box = SectionBox(section, [*names, *(name for name in top if name not in names)])
            self._column.insertWidget(self._column.count() - 1, box)
            self.sections.append(box)
            self._connect(box.rows)
            if box.cards is not None:
                box.cards.edit_wanted.connect(self.edit_wanted)
                box.cards.made.connect(self._connect_card)

    def show_reading(self, reading: Reading) -> None:
        """What the text says, and what is wrong with it. A text that is nothing leaves the form as it was, asleep."""
        self._inside.setEnabled(reading.values is not None)
        if reading.values is None:
            return
        for box in self.sections:
            box.show_values(reading.values)
        self.show_faults(reading.faults)

    def open_used(self, values: Any) -> None:
        """For a file that was just opened: the sections it has something to say in."""
        for box in self.sections:
            if box.is_used(values):
                box.head.setChecked(True)

    def show_faults(self, faults: Sequence[Fault]) -> None:
        """Each at the innermost place that there is a field, a card or a section for."""
        at: dict[Place, list[str]] = {}
        known = set(self._places())
        for fault in faults:
            place = fault.place
            while place and place not in known:
                place = place[:-1]
            at.setdefault(place, []).append(fault.sentence)
        for box in self.sections:
            self._show_in(box, at)

    def commit(self) -> None:
        """Whatever was typed and not said yet."""
        for rows in self._rows():
            rows.commit()

    def forget(self, place: Place) -> None:
        """What was typed at `place` cannot be had."""
        for rows in self._rows():
            if place and rows.place == place[:-1]:
                rows.forget(str(place[-1]))

    def forget_all(self) -> None:
        """What was typed anywhere and not said yet belongs to a file that is not open any more; the form sleeps until
        the next one is read.
        """
        self._inside.setEnabled(False)
        for rows in self._rows():
            for name in rows.names():
                rows.forget(name)

    def filter(self, words: str) -> None:
        """Only the settings these words are about; all without any."""
        words = words.strip().lower()
        found = 0
        for index, box in enumerate(self.sections):
            fitting = box.filter(words)
            fits = fitting > 0 or not words or words in box.section.title.lower()
            if words and fits and not box.head.isChecked():
                self._opened.add(index)
                box.head.setChecked(True)
            elif not words and index in self._opened:
                box.head.setChecked(False)
            box.setVisible(fits)
            found += fits
        if not words:
            self._opened.clear()
        self._nothing.setVisible(not found)

    def go_to(self, place: Place) -> bool:
        """Open the section of the field at `place`, and go there; whether there is one."""
        for box in self.sections:
            for rows in box.all_rows():
                if place in rows.places():
                    box.show_rows(rows)
                    self._show_field(rows.fields[str(place[-1])])
                    return True
        return False

    def _show_field(self, field: Field) -> None:
        field.setFocus()
        QTimer.singleShot(0, self, lambda: self.ensureWidgetVisible(field, 0, 80))

    # --- the pieces ---------------------------------------------------------------------------------------------------

    def _rows(self) -> Iterator[Rows]:
        for box in self.sections:
            yield from box.all_rows()

    def _places(self) -> Iterator[Place]:
        for box in self.sections:
            if box.section.place:
                yield box.section.place
            if box.cards is not None:
                yield box.cards.place
                yield from (card.rows.place for card in box.cards.cards)
            for rows in box.all_rows():
                yield from rows.places()

    def _show_in(self, box: SectionBox, at: dict[Place, list[str]]) -> None:
        own = [] if not box.section.place else at.get(box.section.place, [])
        box.rows.show_faults(at)
        if box.cards is not None:
            box.cards.show_faults(at)
            if box.cards.place != box.section.place:
                own = at.get(box.cards.place, [])
        box.fault.say(own)
        inside = [*box.rows.places(), *(place for rows in box.all_rows() for place in (rows.place, *rows.places()))]
        if own or any(place and place in at for place in inside):
            box.head.setChecked(True)

    def _connect(self, rows: Rows) -> None:
        rows.edit_wanted.connect(self.edit_wanted)
        self._connect_card(rows)

    def _connect_card(self, rows: Rows) -> None:
        rows.entered.connect(self.entered)
        rows.text_wanted.connect(self.text_wanted)


class FilterLine(QLineEdit):
    """Finds settings by their words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(self.tr("Find a setting"))
        self.setAccessibleName(self.tr("Find a setting"))
        self.setToolTip(self.tr("Show only the settings whose name or description has these words (Ctrl+F)"))
        self.setClearButtonEnabled(True)
