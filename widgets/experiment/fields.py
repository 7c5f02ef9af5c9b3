"""One field for one setting: what the file says, or its default as a placeholder; what is typed comes out as a value.

Owns the widgets for each kind of setting and how typed words become values. Must not change what the file says: a field
tells what is wanted, and shows what is read afterwards.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from widgets.experiment.description import MISSING, Setting
from widgets.parts.text import plain_tooltip

LONGEST_LINE: Final = 1_000_000
LINES_SEEN: Final = (2, 6)


class Field(QWidget):
    """Signals: `changed(value)`, `cleared()` (the default is to count), `entered()` (has the focus),
    `text_wanted()` (it can be changed in the text only).
    """

    changed = Signal(object)
    cleared = Signal()
    entered = Signal()
    text_wanted = Signal()

    def __init__(self, setting: Setting, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self._name, self._fault = name, ""
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)

    @property
    def editor(self) -> QWidget:
        """What gets the focus."""
        raise NotImplementedError

    def show_value(self, value: Any) -> None:
        """What the file says; MISSING for nothing."""
        raise NotImplementedError

    def commit(self) -> None:
        """Say what was typed, if anything."""

    def forget(self) -> None:
        """What was typed does not count."""

    def show_fault(self, sentence: str) -> None:
        """Mark it, with why; "" for nothing wrong."""
        if sentence == self._fault:
            return
        self._fault = sentence
        editor = self.editor
        editor.setProperty("faulty", bool(sentence))
        editor.style().polish(editor)
        editor.setAccessibleDescription(sentence or self.setting.help)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell when the editor gets the focus, so that its help can be shown; commit what was typed when it goes."""
        if event.type() == QEvent.Type.FocusIn:
            self.entered.emit()
        elif event.type() == QEvent.Type.FocusOut:
            self.commit()
        return super().eventFilter(watched, event)

    def _take(self, editor: QWidget) -> None:
        editor.setAccessibleName(self._name)
        editor.setToolTip(plain_tooltip(_tip(self.setting)))
        editor.installEventFilter(self)
        self._row.addWidget(editor, 1)
        self.setFocusProxy(editor)

    def _default_words(self) -> str:
        default = self.setting.default
        if default is MISSING:
            return self.tr("needed")
        said = self.words_of(default)
        return self.tr("{} (default)").format(said) if said else self.tr("empty (default)")

    def words_of(self, value: Any) -> str:
        """A value as it is typed."""
        if value is None:
            return self.tr("none")
        if isinstance(value, bool):
            return self.tr("yes") if value else self.tr("no")
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        if isinstance(value, list):
            return ", ".join(str(one) for one in value)
        return str(value)


class LineField(Field):
    """A line of text, a number or some addresses; beside it a box for "none" where null may stand."""

    def __init__(self, setting: Setting, name: str, parent: QWidget | None = None) -> None:
        super().__init__(setting, name, parent)
        self._line = QLineEdit()
        self._line.setMaxLength(LONGEST_LINE)
        self._line.setPlaceholderText(self._default_words())
        self._shown: Any = MISSING
        self._said = ""
        self._take(self._line)
        self._line.returnPressed.connect(self.commit)
        self.none = QCheckBox(self.tr("none")) if setting.none else None
        if self.none is not None:
            self.none.setToolTip(plain_tooltip(setting.help))
            self.none.setAccessibleName(f"{name}: {self.tr('none')}")
            self.none.clicked.connect(self._turn_none)
            self._row.addWidget(self.none)

    @property
    def editor(self) -> QWidget:
        """The line."""
        return self._line

    def show_value(self, value: Any) -> None:
        """Also while it is typed in, unless that was not said yet."""
        if self._typed():
            return
        self._shown = value
        counts = self.setting.default if value is MISSING else value
        if self.none is not None:
            self.none.setChecked(counts is None)
        self._said = "" if value is MISSING or value is None else self.words_of(value)
        if self._line.text() != self._said:
            self._line.setText(self._said)
            self._line.setCursorPosition(0)
            self._said = self._line.text()  # line breaks look different there
        self._line.setPlaceholderText(self.tr("none") if value is None else self._default_words())

    def commit(self) -> None:
        """Once per change."""
        if not self._typed():
            return
        words = self._line.text()
        self._said = words
        if words.strip() or (self.setting.default is MISSING and words != ""):
            self.changed.emit(self._read(words))
        elif self._shown is not MISSING:
            self.cleared.emit()
        else:
            self.show_value(MISSING)

    def forget(self) -> None:
        """Back to what was shown."""
        self._said = self._line.text()
        self.show_value(self._shown)

    def _typed(self) -> bool:
        return self._line.text() != self._said

    def _read(self, words: str) -> Any:
        if self.setting.none and words.strip().lower() in ("null", self.tr("none")):
            return None
        if self.setting.kind == "number":
            return number_of(words)
        if self.setting.kind == "addresses":
            addresses = re.split(r"[,\s]+", words.strip(", \t"))
            return addresses[0] if len(addresses) == 1 else addresses
        return words

    def _turn_none(self, none: bool) -> None:
        if none:
            self._said = self._line.text()
            self.changed.emit(None)
        elif self.setting.default is not None and self._shown is None:
            self.cleared.emit()
        else:
            self._line.setFocus()
            self.entered.emit()


class _Box(QPlainTextEdit):
    """Signal: `wrapped()` when its width, and so the number of its lines, may be another."""

    wrapped = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say so once the lines are laid out."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.wrapped.emit()


class LinesField(Field):
    """Text of several lines."""

    def __init__(self, setting: Setting, name: str, parent: QWidget | None = None) -> None:
        super().__init__(setting, name, parent)
        self._box = _Box()
        self._box.setPlaceholderText(self._default_words())
        self._box.setTabChangesFocus(True)
        self._box.textChanged.connect(self._fit)
        self._box.wrapped.connect(self._fit, Qt.ConnectionType.QueuedConnection)
        self._fit()
        self._said = ""
        self._shown: Any = MISSING
        self._take(self._box)

    @property
    def editor(self) -> QWidget:
        """The box."""
        return self._box

    def show_value(self, value: Any) -> None:
        """The final line break is the file's own affair."""
        if self._typed():
            return
        self._shown = value
        words = "" if value in (MISSING, None) else self.words_of(value).rstrip("\n")
        if self._box.toPlainText() != words:
            self._box.setPlainText(words)
        self._said = self._box.toPlainText()

    def commit(self) -> None:
        """When it loses the focus."""
        if not self._typed():
            return
        words = self._box.toPlainText()
        self._said = words
        if words.strip():
            self.changed.emit(words + "\n" if "\n" in words else words)
        elif self._shown is not MISSING:
            self.cleared.emit()

    def forget(self) -> None:
        """Back to what was shown."""
        self._said = self._box.toPlainText()
        self.show_value(self._shown)

    def _fit(self) -> None:
        """As high as what it holds, within limits."""
        least, most = LINES_SEEN
        lines = max(least, min(most, int(self._box.document().size().height())))
        self._box.setFixedHeight(self._box.fontMetrics().lineSpacing() * lines + 24)

    def _typed(self) -> bool:
        return self._box.toPlainText() != self._said


def number_of(words: str) -> Any:
    """`150` → 150, `1.5` and `1,5` → 1.5; anything else stays text, for the file's checks to judge."""
    try:
        return int(words)
    except ValueError:
        pass
    try:
        number = float(words.replace(",", "."))
    except ValueError:
        return words.strip()
    return number if math.isfinite(number) else words.strip()


def _tip(setting: Setting) -> str:
    allowed = f"\n{setting.name}: {setting.allowed}" if setting.allowed else ""
    return f"{setting.help}{allowed}"
