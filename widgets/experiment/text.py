"""The experiment file's text: monospaced, with line numbers, faulty lines marked.

Owns the editor, its colours and marks, and changing a piece of it so that undo brings it back. Must not know YAML but
for comments and names of settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QToolTip, QWidget

from widgets.experiment.description import Fault
from widgets.palette import SEVERITY_MARKS, colours_of
from widgets.parts.marks import paint_mark
from widgets.parts.text import plain_tooltip

READ_AFTER_MS = 250
STEP = "  "
PARAGRAPH = "\u2029"
MARK = 10


class TextEditor(QPlainTextEdit):
    """Signals: `touched()` whenever the text changes, `edited()` once typing has paused; `dirty_changed(bool)` when it
    departs from, or is back at, what was saved.
    """

    touched = Signal()
    edited = Signal()
    dirty_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setPixelSize(13)
        self.setFont(font)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setAccessibleName(self.tr("Text of the experiment file"))
        self.setTabStopDistance(self.fontMetrics().horizontalAdvance(STEP))
        self._margin = Margin(self)
        self._colours = Colouring(self)
        self._faults: Mapping[int, Sequence[str]] = {}
        self._quiet = QTimer(self, singleShot=True, interval=READ_AFTER_MS)
        self._quiet.timeout.connect(self.edited)
        self._noted = ""
        self.textChanged.connect(self._note_change)
        self.document().modificationChanged.connect(self.dirty_changed)
        self.blockCountChanged.connect(self._make_room)
        self.updateRequest.connect(self._margin.follow)
        self.cursorPositionChanged.connect(self._mark)
        self._make_room()

    def text(self) -> str:
        """What stands there, to the character: Qt's own plain text turns no-break spaces into common ones."""
        return self.document().toRawText().replace(PARAGRAPH, "\n")

    def begin_with(self, text: str) -> None:
        """Another file; nothing can be undone yet."""
        self.setPlainText(text)
        self.document().setModified(False)
        self._settle()

    def change_to(self, text: str) -> None:
        """Change only the piece that differs, as one step that can be undone; the cursor goes there."""
        old = self.text()
        start, old_end, new_end = _difference(old, text)
        if start == old_end and start == new_end:
            return
        cursor = QTextCursor(self.document())
        cursor.setPosition(_units(old[:start]))
        cursor.setPosition(_units(old[:old_end]), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text[start:new_end])
        cursor.setPosition(_units(text[:start]))
        self.setTextCursor(cursor)
        self._settle()

    def go_to(self, line: int, *, focus: bool = True) -> None:
        """The cursor to that line (from 1)."""
        cursor = QTextCursor(self.document().findBlockByNumber(line - 1))
        self.setTextCursor(cursor)
        self.centerCursor()
        if focus:
            self.setFocus()

    def show_faults(self, faults: Sequence[Fault]) -> None:
        """Mark their lines."""
        lines: dict[int, list[str]] = {}
        for fault in faults:
            lines.setdefault(fault.line, []).append(fault.sentence)
        self._faults = lines
        self._mark()
        self._margin.update()

    def faults_of(self, line: int) -> Sequence[str]:
        """What is wrong in that line."""
        return self._faults.get(line, ())

    # --- Qt -----------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tab steps in (YAML wants spaces), Enter keeps the indentation; Escape lets go, so that Tab leads on."""
        if event.key() == Qt.Key.Key_Tab and not event.modifiers():
            self.insertPlainText(STEP)
        elif event.key() == Qt.Key.Key_Escape:
            self.focusNextChild()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            line = self.textCursor().block().text()
            self.insertPlainText("\n" + line[: len(line) - len(line.lstrip(" "))])
            self.ensureCursorVisible()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The margin is as high as the text."""
        super().resizeEvent(event)
        area = self.contentsRect()
        self._margin.setGeometry(QRect(area.left(), area.top(), self._margin.sizeHint().width(), area.height()))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_colours"):
            self._colours.recolour()
            self._mark()

    def event(self, event: QEvent) -> bool:
        """Say of a faulty line what is wrong."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = self.viewport().mapFromGlobal(event.globalPos())
            sentences = self.faults_of(self.cursorForPosition(at).blockNumber() + 1)
            QToolTip.showText(event.globalPos(), plain_tooltip("\n".join(sentences)), self)
            return True
        return super().event(event)

    def top_lines(self) -> list[tuple[QTextBlock, QRectF]]:
        """Every line that is seen, with where."""
        seen = []
        block, offset = self.firstVisibleBlock(), self.contentOffset()
        while block.isValid():
            area = self.blockBoundingGeometry(block).translated(offset)
            if area.top() > self.viewport().height():
                break
            seen.append((block, area))
            block = block.next()
        return seen

    def _note_change(self) -> None:
        """Colours count for Qt as a change, too."""
        text = self.text()
        if text != self._noted:
            self._noted = text
            self.touched.emit()
            self._quiet.start()

    def _settle(self) -> None:
        """What was just put in is known to whoever did it."""
        self._noted = self.text()
        self._quiet.stop()

    def _make_room(self) -> None:
        self.setViewportMargins(self._margin.sizeHint().width(), 0, 0, 0)

    def _mark(self) -> None:
        colours = colours_of(self)
        marks = [self._whole_line(self.textCursor(), colours.of("raised"))]
        tint = colours.of("error")
        tint.setAlphaF(0.16)
        for line in self._faults:
            marks.append(self._whole_line(QTextCursor(self.document().findBlockByNumber(line - 1)), tint))
        self.setExtraSelections(marks)

    def _whole_line(self, cursor: QTextCursor, colour: QColor) -> QTextEdit.ExtraSelection:
        mark = QTextEdit.ExtraSelection()
        cursor.clearSelection()
        mark.cursor = cursor
        mark.format.setBackground(colour)
        mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        return mark


class Margin(QWidget):
    """Line numbers, and a mark where something is wrong. A click puts the cursor into the line."""

    def __init__(self, editor: TextEditor) -> None:
        super().__init__(editor)
        self._editor = editor

    def sizeHint(self) -> QSize:
        """Room for the last number and a mark."""
        digits = max(3, len(str(self._editor.blockCount())))
        return QSize(self._editor.fontMetrics().horizontalAdvance("9") * digits + MARK + 18, 0)

    def follow(self, area: QRect, dy: int) -> None:
        """Scroll with the text."""
        if dy:
            self.scroll(0, dy)
        else:
            self.update(0, area.y(), self.width(), area.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The lines that are seen."""
        painter = QPainter(self)
        colours = colours_of(self)
        painter.fillRect(self.rect(), colours.of("raised"))
        painter.setFont(self._editor.font())
        for block, area in self._editor.top_lines():
            number = block.blockNumber() + 1
            faulty = bool(self._editor.faults_of(number))
            top, height = area.top() + self._editor.contentsRect().top() * 0, self._editor.fontMetrics().height()
            painter.setPen(colours.of("error" if faulty else "muted"))
            place = QRectF(MARK + 6, top, self.width() - MARK - 12, height)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(number))
            if faulty:
                mark = QRectF(4, top + (height - MARK) / 2, MARK, MARK)
                paint_mark(painter, mark, SEVERITY_MARKS["error"], colours.of("error"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Into the line."""
        at = QPoint(0, event.position().toPoint().y())
        self._editor.go_to(self._editor.cursorForPosition(at).blockNumber() + 1)


class Colouring(QSyntaxHighlighter):
    """Comments and names of settings."""

    def __init__(self, editor: TextEditor) -> None:
        super().__init__(editor.document())
        self._editor = editor
        self._comment, self._name = QTextCharFormat(), QTextCharFormat()
        self.recolour()

    def recolour(self) -> None:
        """Take the theme's colours."""
        colours = colours_of(self._editor)
        self._comment.setForeground(colours.of("muted"))
        self._comment.setFontItalic(True)
        self._name.setForeground(colours.of("accent"))
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """One line."""
        code = text.lstrip(" -")
        name = code.split(":", 1)[0] if ":" in code else ""
        if name and name.replace("_", "").isalnum():
            self.setFormat(len(text) - len(code), len(name), self._name)
        start = 0 if text.lstrip().startswith("#") else text.find(" #")
        if start >= 0:
            self.setFormat(start, len(text) - start, self._comment)


def _difference(old: str, new: str) -> tuple[int, int, int]:
    """(start, end in `old`, end in `new`) of the one piece that differs."""
    most = min(len(old), len(new))
    start = next((i for i in range(most) if old[i] != new[i]), most)
    tail = next((i for i in range(most - start) if old[-1 - i] != new[-1 - i]), most - start)
    return start, len(old) - tail, len(new) - tail


def _units(text: str) -> int:
    """As Qt counts: characters beyond the first plane are two."""
    return len(text.encode("utf-16-le")) // 2
