"""Fields in which nothing is typed: one of several values, or a way into the text; and which field each setting gets.

Owns these widgets, as fields.py does those that are typed into.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QPushButton, QWidget

from widgets.experiment.description import MISSING, Setting
from widgets.experiment.fields import Field, LineField, LinesField
from widgets.parts.text import shown


class ChoiceField(Field):
    """One of several values; what the file says instead is listed, too."""

    def __init__(self, setting: Setting, name: str, parent: QWidget | None = None) -> None:
        super().__init__(setting, name, parent)
        self._box = QuietComboBox()
        self._shown: Any = MISSING
        self._take(self._box)
        self._box.view().setAccessibleName(name)
        self._box.activated.connect(self._chosen)
        self.show_value(MISSING)

    @property
    def editor(self) -> QWidget:
        """The box."""
        return self._box

    def show_value(self, value: Any) -> None:
        """Values are kept beside their words: 1 is not yes."""
        if self._box.count() and _same(value, self._shown):
            return
        self._shown = value
        values = [*self.setting.choices]
        counts = self.setting.default if value is MISSING else value
        if not any(_same(counts, one) for one in values):
            values.append(counts)
        self._box.clear()
        for one in values:
            words = shown(self.words_of(one)) if one is not MISSING else self.tr("needed")
            is_default = _same(one, self.setting.default)
            self._box.addItem(self.tr("{} (default)").format(words) if is_default else words, [one])
        self._box.setCurrentIndex(next(index for index, one in enumerate(values) if _same(one, counts)))

    def _chosen(self, index: int) -> None:
        value = self._box.itemData(index)[0]
        if _same(value, self.setting.default if self._shown is MISSING else self._shown):
            return
        if _same(value, self.setting.default):
            self.cleared.emit()
        else:
            self.changed.emit(value)


class GroupField(Field):
    """A group that is up to the game: changed in the text."""

    def __init__(self, setting: Setting, name: str, parent: QWidget | None = None) -> None:
        super().__init__(setting, name, parent)
        self._button = QPushButton()
        self._take(self._button)
        self._button.clicked.connect(self.text_wanted)

    @property
    def editor(self) -> QWidget:
        """The button that leads there."""
        return self._button

    def show_value(self, value: Any) -> None:
        """How much there is of it."""
        number = len(value) if isinstance(value, dict) else 0
        words = self.tr("{} set: change them in the text").format(number) if number else self.tr("Add them in the text")
        self._button.setText(words)


class QuietComboBox(QComboBox):
    """Does not change while the form is scrolled over it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to the form."""
        event.ignore()


def field_for(setting: Setting, name: str) -> Field:
    """The field for this kind of setting; `name` is for screen readers."""
    kinds: dict[str, type[Field]] = {"lines": LinesField, "choice": ChoiceField, "group": GroupField}
    return kinds.get(setting.kind, LineField)(setting, name)


def _same(one: Any, other: Any) -> bool:
    return one is other or (type(one) is type(other) and bool(one == other))
