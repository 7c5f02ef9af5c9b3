"""Settings below each other: name, field, and what is wrong with it.

Owns the rows of one group of settings and the place of each in the file. Must not know where in the form it lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from widgets.experiment.choices import field_for
from widgets.experiment.description import Edit, Place, Setting, value_at
from widgets.experiment.fields import Field
from widgets.palette import SEVERITY_MARKS, colours_of
from widgets.parts.marks import paint_mark
from widgets.parts.text import PlainLabel, plain_tooltip

TITLE_WIDTH = 160


class HelpCard(QFrame):
    """What a setting means. Of one height, so that the form stays where it is; a card, so that room left is no hole."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._words = PlainLabel(name="settingHelp", wrap=True)
        self._words.setMinimumHeight(self._words.fontMetrics().lineSpacing() * 4)
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(16, 8, 16, 8)
        inside.addWidget(self._words)

    def text(self) -> str:
        """What it says."""
        return self._words.text()

    def setText(self, text: str) -> None:
        """Say this."""
        self._words.setText(text)


class FaultLine(QWidget):
    """What is wrong, below what it is about; takes no room while all is well."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = PlainLabel(name="fault", wrap=True)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 0, 2)
        row.addWidget(self._label)
        self.hide()

    def text(self) -> str:
        """What it says."""
        return self._label.text()

    def say(self, sentences: Sequence[str]) -> None:
        """One line each; none hides it."""
        self._label.setText("\n".join(sentences))
        self.setVisible(bool(sentences))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The mark of an error before it."""
        painter = QPainter(self)
        paint_mark(painter, QRectF(1, 3, 10, 10), SEVERITY_MARKS["error"], colours_of(self).of("error"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()


class Rows(QWidget):
    """The settings of one group. Signals: `edit_wanted(Edit)`, `entered(place, Setting)`, `text_wanted(place)`.

    `place` is the group's.
    """

    edit_wanted = Signal(object)
    entered = Signal(tuple, object)
    text_wanted = Signal(tuple)

    def __init__(
        self, place: Place, settings: Sequence[Setting], order: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._place, self._order = place, tuple(order)
        self._settings = list(settings)
        self._values: Any = {}
        self._at: dict[Place, list[str]] = {}
        self.fields: dict[str, Field] = {}
        self._faults: dict[str, FaultLine] = {}
        self._titles: dict[str, PlainLabel] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnMinimumWidth(0, TITLE_WIDTH)
        self._grid.setColumnStretch(1, 1)

    def build(self) -> None:
        """Make the fields, if they are not there: it takes 1 to 2 ms each, and most are never looked at."""
        if self.fields:
            return
        for setting in self._settings:
            self._add(setting)
        self.show_values(self._values)
        self.show_faults(self._at)

    def showEvent(self, event: QShowEvent) -> None:
        """There is somebody to see them."""
        self.build()
        super().showEvent(event)

    @property
    def place(self) -> Place:
        """Where the group stands."""
        return self._place

    def show_values(self, values: Any) -> None:
        """What the whole file says."""
        self._values = values
        for name, field in self.fields.items():
            field.show_value(value_at(values, (*self._place, name)))

    def show_faults(self, faults: dict[Place, list[str]]) -> None:
        """By place; those that are not these settings' are left alone."""
        self._at = faults
        for name, field in self.fields.items():
            sentences = faults.get((*self._place, name), [])
            field.show_fault(" ".join(sentences))
            self._faults[name].say(sentences)

    def fault_line(self, name: str) -> FaultLine:
        """What is wrong with that setting."""
        return self._faults[name]

    def commit(self) -> None:
        """Say what was typed and not said yet."""
        for field in self.fields.values():
            field.commit()

    def forget(self, name: str) -> None:
        """What was typed there cannot be had."""
        if name in self.fields:
            self.fields[name].forget()

    def filter(self, words: str) -> int:
        """Show the settings that these words are about; how many."""
        fitting = [setting for setting in self._settings if _is_about(setting, words)]
        if words and fitting:
            self.build()
        for setting in self._settings if self.fields else ():
            fits = setting in fitting
            self._titles[setting.name].setVisible(fits)
            self.fields[setting.name].setVisible(fits)
            self._faults[setting.name].setVisible(fits and bool(self._faults[setting.name].text()))
        return len(fitting)

    def names(self) -> list[str]:
        """Of all settings."""
        return [setting.name for setting in self._settings]

    def places(self) -> Iterator[Place]:
        """Where they stand."""
        return ((*self._place, name) for name in self.names())

    def _add(self, setting: Setting) -> None:
        title = PlainLabel(setting.title, wrap=True)
        title.setFixedWidth(TITLE_WIDTH)
        title.setToolTip(plain_tooltip(f"{setting.name}\n{setting.help}"))
        title.setContentsMargins(0, 6, 0, 0)
        field = field_for(setting, setting.title)
        title.setBuddy(field)
        fault = FaultLine()
        row = self._grid.rowCount()
        self._grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(field, row, 1)
        self._grid.addWidget(fault, row + 1, 1)
        name = setting.name
        field.changed.connect(partial(self._set, name))
        field.cleared.connect(partial(self._remove, name))
        field.entered.connect(lambda: self.entered.emit((*self._place, name), setting))
        field.text_wanted.connect(lambda: self.text_wanted.emit((*self._place, name)))
        self.fields[name], self._faults[name], self._titles[name] = field, fault, title

    def _set(self, name: str, value: Any) -> None:
        self.edit_wanted.emit(Edit("set", (*self._place, name), value, order=self._order))

    def _remove(self, name: str) -> None:
        self.edit_wanted.emit(Edit("remove", (*self._place, name)))


def _is_about(setting: Setting, words: str) -> bool:
    about = f"{setting.name} {setting.title} {setting.help}".lower()
    return all(word in about for word in words.split())
