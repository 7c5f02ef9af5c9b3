"""The participants' link, to be read, copied, or scanned.

Owns the field, its two buttons and what they do. Must not know whether there is room for them (run_bar.py does).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from widgets.dialogs import LinksDialog
from widgets.parts.button_words import give_words
from widgets.parts.icons import name_icon
from widgets.parts.text import PlainLabel, plain_tooltip

_LEAST_PX: Final = 160
_MOST_PX: Final = 300
_COPIED_MS: Final = 1_500


class JoinLink(QHBoxLayout):
    """A row of `caption`, `field`, `copy_button` and `qr_button`. Signal: `words_changed()`."""

    words_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._links: Sequence[str] = ()
        self.copied = ""  # what the button says for a moment after it was pressed
        self.caption = PlainLabel(self.tr("Participants join at"), name="muted")
        self.field = QLineEdit()
        self.field.setReadOnly(True)
        self.field.setAccessibleName(self.tr("Participants' link"))
        self.copy_button = QPushButton()
        self.copy_button.setToolTip(self.tr("Copy the participants' link (Ctrl+L)"))
        self.copy_button.clicked.connect(self.copy)
        name_icon(self.copy_button, "mdi6.content-copy")
        self.qr_button = QPushButton()
        self.qr_button.setToolTip(self.tr("Show the link as a QR code, with all addresses of this computer (Ctrl+K)"))
        self.qr_button.clicked.connect(self.show_links)
        name_icon(self.qr_button, "mdi6.qrcode")
        self.speak()
        self.setSpacing(8)
        for widget in self.parts():
            self.addWidget(widget)

    def parts(self) -> tuple[QWidget, ...]:
        """All there is to be seen of it."""
        return self.caption, self.field, self.copy_button, self.qr_button

    def speak(self) -> None:
        """Both buttons with their words."""
        give_words(self.copy_button, self.copied or self.tr("Copy"))
        give_words(self.qr_button, self.tr("QR code…"))

    def put(self, links: Sequence[str]) -> None:
        """The addresses of the session, the one to be given away first."""
        self._links = links
        if links and self.field.text() != links[0]:
            self.field.setText(links[0])
            self.field.setCursorPosition(0)
            self.field.setToolTip(plain_tooltip(links[0]))
            width = self.field.fontMetrics().horizontalAdvance(links[0]) + 28
            self.field.setFixedWidth(min(max(width, _LEAST_PX), _MOST_PX))

    def copy(self) -> None:
        """To the clipboard, with a word that it was done."""
        QGuiApplication.clipboard().setText(self.field.text())
        self._say_copied(self.tr("Copied"))
        QTimer.singleShot(_COPIED_MS, self, lambda: self._say_copied(""))

    def show_links(self) -> None:
        """Open the QR code with every address."""
        if self._links:
            LinksDialog(list(self._links), self.field.window()).open()

    def _say_copied(self, text: str) -> None:
        self.copied = text
        self.words_changed.emit()
        if text:
            self.copy_button.setText(text)
