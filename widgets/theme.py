"""Light or dark, as the system says or as the operator chose; and the measures of the console's one visual language.

Owns applying the palette and the style sheet to the application. Must not be asked for colours (see palette.py).

The language, in logical pixels, which Qt scales with the screen (100 % to 200 %):

- Space: 4, 8, 12, 16, 24, 32. 4 between a mark and its word, 8 between things that belong together, 12 between rows of
  a form, 16 between groups, 24 around a dialog, 32 around the one card of a page. Tables and heads of panels sit on 4.
- Type: 12 for what explains (muted), 13 for everything that is read, 15 for titles, 20 for the numbers of the run bar,
  26 for the one title of a page. Weights: 400, and 600 for titles and numbers. Digits that change are equally wide.
- Corners: 4 on small things, 6 on controls, 10 on cards. Lines: 1. Focus: 2, in the accent colour, on whatever has it.
- Icons: Material Design Icons from QtAwesome, 16, in the colour of the text; never without words or a tooltip.
- Signs: a shape from parts/marks.py, then a colour of palette.py, then words; no colour stands alone.
- Loudness: the accent is for the one next step, `danger` for what cannot be undone, warning and error for what needs
  somebody; all else is text on surface.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from string import Template
from typing import Final, Literal, get_args

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QStyleFactory

from widgets import collecting
from widgets.palette import DARK, LIGHT, Colours, qt_palette

ThemeChoice = Literal["system", "light", "dark"]
CHOICES: Final[tuple[ThemeChoice, ...]] = get_args(ThemeChoice)
TEXT_PX: Final = 13
STYLE_SHEET: Final = Path(__file__).resolve().parent.parent / "resources" / "style" / "console.qss"
_SCHEMES: Final = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}


class Theme(QObject):
    """Follows the system until told otherwise. Where the platform cannot say, light it is.

    Qt goes through a list of all widgets there are, and each of them may call back into Python: if garbage were
    collected then, a closed dialog that is only held by itself would be freed while it is still on that list.
    """

    def __init__(self, application: QApplication, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._application = application
        self._template = Template(STYLE_SHEET.read_text(encoding="utf-8"))
        self._drawn: Colours | None = None
        self.choice: ThemeChoice = "system"
        # One style on every platform: the style sheet and the tests' pictures were made for it.
        with collecting.paused():
            application.setStyle(QStyleFactory.create("Fusion"))
        font = application.font()
        font.setPixelSize(TEXT_PX)
        application.setFont(font)
        application.styleHints().colorSchemeChanged.connect(self._apply)

    def choose(self, choice: ThemeChoice) -> None:
        """Take this theme; title bars and native dialogs follow where the platform lets them."""
        self.choice = choice
        with collecting.paused():
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
        check = "dark" if dark else "light"
        icons = STYLE_SHEET.parent.as_posix()
        style_sheet = self._template.substitute(asdict(colours), icons=icons, check=check)
        with collecting.paused():
            self._application.setPalette(qt_palette(colours))
            self._application.setStyleSheet(style_sheet)
