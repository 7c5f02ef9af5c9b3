"""Light or dark, as the system says or as the operator chose.

Owns applying the palette and the style sheet to the application. Must not be asked for colours (see palette.py).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from string import Template
from typing import Final, Literal, get_args

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QStyleFactory

from widgets.palette import DARK, LIGHT, Colours, qt_palette

ThemeChoice = Literal["system", "light", "dark"]
CHOICES: Final[tuple[ThemeChoice, ...]] = get_args(ThemeChoice)
STYLE_SHEET: Final = Path(__file__).resolve().parent.parent / "resources" / "style" / "console.qss"
_SCHEMES: Final = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}


class Theme(QObject):
    """Follows the system until told otherwise. Where the platform cannot say, light it is."""

    def __init__(self, application: QApplication, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._application = application
        self._template = Template(STYLE_SHEET.read_text(encoding="utf-8"))
        self._drawn: Colours | None = None
        self.choice: ThemeChoice = "system"
        # One style on every platform: the style sheet and the tests' pictures were made for it.
        application.setStyle(QStyleFactory.create("Fusion"))
        application.styleHints().colorSchemeChanged.connect(self._apply)

    def choose(self, choice: ThemeChoice) -> None:
        """Take this theme; title bars and native dialogs follow where the platform lets them."""
        self.choice = choice
        self._application.styleHints().setColorScheme(_SCHEMES[choice])
        self._apply()

    def _apply(self) -> None:
        dark = self.choice == "dark"
        if self.choice == "system":
            dark = self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark
        colours = DARK if dark else LIGHT
        if colours is self._drawn:
            return
        self._drawn = colours
        self._application.setPalette(qt_palette(colours))
        check = "dark" if dark else "light"
        icons = STYLE_SHEET.parent.as_posix()
        self._application.setStyleSheet(self._template.substitute(asdict(colours), icons=icons, check=check))
