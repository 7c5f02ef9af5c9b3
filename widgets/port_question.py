"""Asked when the port is taken: another one?

Owns the words and buttons. Must not look for ports.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget


class PortQuestion(QMessageBox):
    """Signal: `answered(take_it)`, once."""

    answered = Signal(bool)

    def __init__(self, port: int, free_port: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(self.tr("Port taken"))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(self.tr("Port {} is taken.").format(port))
        self.setInformativeText(
            self.tr("Another program on this computer, perhaps another Greenroom, listens there. The participants' "
                    "link would then end in :{}.").format(free_port)
        )  # fmt: skip
        self.take_button = self.addButton(self.tr("&Use port {}").format(free_port), QMessageBox.ButtonRole.AcceptRole)
        cancel = self.addButton(QMessageBox.StandardButton.Cancel)
        self.setDefaultButton(self.take_button)
        self.setEscapeButton(cancel)
        self.finished.connect(lambda: self.answered.emit(self.clickedButton() is self.take_button))
