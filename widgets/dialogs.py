"""The questions and messages that open over the window.

Owns their words and buttons. All are shown with `open()` and answer by a signal: an `exec()` inside a coroutine would
stop the other tasks of the console. None has a default button that ends or loses anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from widgets.parts.text import PlainLabel, plain_tooltip, shown

QUIET_ZONE: Final = 4


class CloseQuestion(QMessageBox):
    """Asked when the window is closed while a run is on. Signal: `answered("end" | "keep" | "stay")`, once.

    `may_outlive` False: the run ends with the window, so keeping it is not offered.
    """

    answered = Signal(str)

    def __init__(
        self, run_id: str, people: int, games: int, parent: QWidget | None = None, *, may_outlive: bool = True
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(self.tr("A run is on"))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(self.tr("{} is still on.").format(shown(run_id)))
        keeping = self.tr(
            "If you keep it running, the session goes on without this window; "
            "the console takes it up when you start it again."
        )
        ending = self.tr("Its engine runs inside this window and ends with it.")
        here = self.tr("People here: {people}. Games under way: {games}.").format(people=people, games=games)
        self.setInformativeText(f"{here}\n\n{keeping if may_outlive else ending}")
        self._answers = {self._button(self.tr("&Stay here"), QMessageBox.ButtonRole.RejectRole): "stay"}
        if may_outlive:
            self._answers[self._button(self.tr("&Keep it running"), QMessageBox.ButtonRole.AcceptRole)] = "keep"
        self._answers[self._button(self.tr("&End the run…"), QMessageBox.ButtonRole.DestructiveRole)] = "end"
        stay = next(button for button, answer in self._answers.items() if answer == "stay")
        self.setDefaultButton(stay)
        self.setEscapeButton(stay)
        self.finished.connect(self._answer)

    def _button(self, words: str, role: QMessageBox.ButtonRole) -> QPushButton:
        button: QPushButton = self.addButton(words, role)
        return button

    def _answer(self) -> None:
        clicked = self.clickedButton()
        self.answered.emit(next((answer for button, answer in self._answers.items() if button is clicked), "stay"))


class ProblemDialog(QDialog):
    """One sentence about what went wrong, and everything known of it beneath, to be copied."""

    def __init__(self, text: str, details: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Problem"))
        self.setMinimumWidth(520)
        sentence = PlainLabel(text, wrap=True)
        sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(14)
        layout.addWidget(sentence)
        if details:
            self.details = QPlainTextEdit(details)
            self.details.setReadOnly(True)
            self.details.setAccessibleName(self.tr("Details"))
            self.details.setMinimumHeight(160)
            layout.addWidget(self.details)
            copy = buttons.addButton(self.tr("&Copy details"), QDialogButtonBox.ButtonRole.ActionRole)
            copy.setToolTip(self.tr("Copy sentence and details, to send them to somebody"))
            copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(f"{text}\n\n{details}"))
        layout.addWidget(buttons)


class LinksDialog(QDialog):
    """The participants' link as a large QR code, and every address of this computer they can use."""

    def __init__(self, links: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Participants' link"))
        self._links = list(links)
        self.code = QLabel()
        self.code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.code.setFixedSize(340, 340)
        self.list = QListWidget()
        self.list.addItems(self._links)
        self.list.setSpacing(4)
        self.list.setAccessibleName(self.tr("Addresses participants can use"))
        self.list.setMinimumWidth(300)
        self.list.currentRowChanged.connect(self._show_code)
        self.copy = QPushButton(self.tr("&Copy link"))
        self.copy.setToolTip(self.tr("Copy the chosen address"))
        self.copy.clicked.connect(self._copy)
        self._lay_out()
        self.list.setCurrentRow(0)

    def chosen(self) -> str:
        """The address the code stands for."""
        return self._links[max(0, self.list.currentRow())]

    def _lay_out(self) -> None:
        hint = PlainLabel(
            self.tr("Participants scan the code or type the address into a browser. Phones must be in the same "
                    "network; an address with “localhost” works on this computer only."),
            name="muted", wrap=True,
        )  # fmt: skip
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy)
        buttons.addStretch(1)
        buttons.addWidget(close)
        side = QVBoxLayout()
        side.setSpacing(12)
        side.addWidget(PlainLabel(self.tr("Addresses of this session"), name="cardTitle"))
        side.addWidget(self.list, 1)
        side.addWidget(hint)
        side.addLayout(buttons)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 18)
        layout.setSpacing(20)
        layout.addWidget(self.code, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(side, 1)

    def _show_code(self) -> None:
        self.code.setPixmap(qr_pixmap(self.chosen(), self.code.width()))
        self.code.setToolTip(plain_tooltip(self.chosen()))
        self.code.setAccessibleName(self.tr("QR code of {}").format(self.chosen()))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.chosen())
        self.copy.setText(self.tr("Copied"))
        QTimer.singleShot(1500, self, lambda: self.copy.setText(self.tr("&Copy link")))


def qr_pixmap(text: str, size: int) -> QPixmap:
    """A QR code at most `size` pixels wide, each module a whole number of pixels; black on white in every theme, since
    some phones read no other.
    """
    import segno

    rows = [bytes(row) for row in segno.make(text, micro=False).matrix_iter(border=QUIET_ZONE)]
    image = QImage(len(rows[0]), len(rows), QImage.Format.Format_Grayscale8)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            image.setPixel(x, y, 0xFF000000 if dark else 0xFFFFFFFF)
    side = max(1, size // image.width()) * image.width()
    return QPixmap.fromImage(image.scaled(side, side))
