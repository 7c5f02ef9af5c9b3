"""Below the list of runs: how many there are, what is under way and how far it is, and a button that stops it.

Owns these words' places. Must not stop anything itself.
"""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from widgets.parts.text import ElidedLabel, PlainLabel


class RunsFoot(QWidget):
    """`stop` is the button."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count = PlainLabel(name="muted")
        self._doing = ElidedLabel(name="muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedSize(180, 8)
        self._bar.setAccessibleName(self.tr("Progress"))
        self.stop = QPushButton(self.tr("&Stop"))
        self.stop.setToolTip(self.tr("Stop what is under way; what was found so far stays"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self._count)
        row.addStretch(1)
        for widget in (self._doing, self._bar, self.stop):
            row.addWidget(widget)
        self.setMinimumHeight(self.stop.sizeHint().height())
        self.show_end("", over=True)

    def words(self) -> tuple[str, str]:
        """What it says of how many there are, and of the work."""
        return self._count.text(), self._doing.text()

    def show_count(self, text: str) -> None:
        """How many there are."""
        self._count.setText(text)

    def show_work(self, doing: str, done: int = 0, of: int | None = None) -> None:
        """What is under way, and how far; `of` None: nobody knows how much it is."""
        self._doing.setText(f"{doing} {done:,}" if of is None and done else doing)
        scale = 1 if of is None else max(1, of // 10_000)  # bytes are more than the bar can count
        self._bar.setRange(0, (of or 0) // scale)
        self._bar.setValue(min(done, of or 0) // scale)
        self._bar.show()
        self.stop.show()

    def show_end(self, said: str, *, over: bool) -> None:
        """What came of it; `over`: nothing else is under way."""
        self._doing.setText(said)
        self._bar.setVisible(not over)
        self.stop.setVisible(not over)
