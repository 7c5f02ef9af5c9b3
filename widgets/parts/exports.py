"""Saving a panel's picture and data: a small menu, the dialogs, and the writing.

Owns how a picture and a table become files. Must not know what is in them: the panel gives the widget and the rows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRectF, QSaveFile, Signal
from PySide6.QtGui import QAction, QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QFileDialog, QGraphicsView, QMenu, QToolButton, QToolTip, QWidget

from widgets.parts.icons import name_icon
from widgets.parts.text import plain_tooltip

Rows = Iterable[Sequence[object]]
# A spreadsheet takes what begins with one of these for a formula; some read the wide forms, too.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class ExportButton(QToolButton):
    """A button with a menu: picture as PNG or SVG, data as CSV. Signal: `told(sentence)` after each, well or ill.

    `picture()` gives the widget to save, None if there is none yet; `table()` gives the rows, the headings first;
    `name` is the file's name to begin with.
    """

    told = Signal(str)

    def __init__(
        self, name: str, picture: Callable[[], QWidget | None], table: Callable[[], Rows],
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._name, self._picture, self._table = name, picture, table
        self.setText(self.tr("Save"))
        self.setToolTip(self.tr("Save this as a picture or as data"))
        self.setAccessibleName(self.tr("Save this panel's picture or data"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        name_icon(self, "mdi6.tray-arrow-down")
        menu = QMenu(self)
        self._add(menu, self.tr("Picture (&PNG)…"), "png")
        self._add(menu, self.tr("Picture (&SVG)…"), "svg")
        self._add(menu, self.tr("&Data (CSV)…"), "csv")
        self.setMenu(menu)
        self.told.connect(self._say)

    def _say(self, text: str) -> None:
        QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), plain_tooltip(text), self)

    def _add(self, menu: QMenu, words: str, kind: str) -> QAction:
        action = menu.addAction(words)
        action.triggered.connect(lambda: self._ask(kind))
        return action

    def _ask(self, kind: str) -> None:
        dialog = QFileDialog(self.window(), self.tr("Save"), f"{self._name}.{kind}", f"*.{kind}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(kind)
        dialog.fileSelected.connect(lambda path: self.save(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save(self, path: Path) -> bool:
        """Write the file its ending asks for; says how that went, and whether it went well."""
        try:
            if path.suffix.lower() == ".csv":
                write_whole(path, as_csv(self._table()).encode("utf-8-sig"))
            else:
                widget = self._picture()
                if widget is None:
                    self.told.emit(self.tr("There is nothing to save yet."))
                    return False
                save_picture(widget, path)
        except OSError as error:
            self.told.emit(self.tr("{} was not saved: {}").format(path.name, error.strerror or error))
            return False
        self.told.emit(self.tr("Saved {}").format(path))
        return True


def save_picture(widget: QWidget, path: Path) -> None:
    """As SVG if the name ends so, else as PNG, twice as dense as the screen. Raises OSError."""
    draw = _svg_of if path.suffix.lower() == ".svg" else _png_of
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    draw(widget, buffer)
    write_whole(path, bytes(data.data()))


def _png_of(widget: QWidget, buffer: QBuffer) -> None:
    image = QImage(widget.size() * 2, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(2)
    image.fill(widget.palette().window().color())
    painter = QPainter(image)
    _render(widget, painter)
    painter.end()
    QImageWriter(buffer, QByteArray(b"png")).write(image)


def _render(widget: QWidget, painter: QPainter) -> None:
    """A graphics view has a way of its own."""
    if isinstance(widget, QGraphicsView):
        widget.render(painter, QRectF(widget.rect()))
    else:
        widget.render(painter, QPoint())


def _svg_of(widget: QWidget, buffer: QBuffer) -> None:
    from PySide6.QtSvg import QSvgGenerator  # rarely needed, so not at the start

    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    generator.setViewBox(widget.rect())
    generator.setTitle(widget.accessibleName())
    painter = QPainter(generator)
    _render(widget, painter)
    painter.end()


def as_csv(rows: Rows) -> str:
    """RFC 4180, with every text that a spreadsheet would run as a formula made plain by an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _cell(value: object) -> object:
    if value is None or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def write_whole(path: Path, data: bytes) -> None:
    """All of it or nothing: a file that was there stays until the new one is complete. Raises OSError."""
    file = QSaveFile(str(path))
    if not file.open(QSaveFile.OpenModeFlag.WriteOnly) or file.write(data) != len(data) or not file.commit():
        raise OSError(0, file.errorString())
