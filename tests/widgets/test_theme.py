"""Another theme while the console is in use."""

from __future__ import annotations

import gc

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget

from widgets.theme import Theme


class Restyled(QWidget):
    """Notes whether garbage may be collected while Qt goes through its list of all widgets."""

    def __init__(self) -> None:
        super().__init__()
        self.collecting: list[bool] = []

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's own name
        self.collecting.append(gc.isenabled())
        super().changeEvent(event)


def test_nothing_is_freed_while_every_widget_is_given_the_theme(qtbot, qapp):
    widget = Restyled()
    qtbot.addWidget(widget)
    widget.show()
    theme = Theme(qapp)
    for choice in ("dark", "light"):
        theme.choose(choice)
    assert len(widget.collecting) > 2, "the themes did not reach the widget"
    assert not any(widget.collecting)
    assert gc.isenabled()
