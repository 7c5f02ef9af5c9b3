"""Icons on buttons and actions, brought in after the window is there.

Owns the one place that imports qtawesome (0.3 s with its fonts, measured), which must not come before the first paint.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import QAbstractButton, QWidget

from widgets.palette import Colours, colours_of

_NAME: Final = "iconName"


def name_icon(target: QAbstractButton | QAction, name: str) -> None:
    """Say which icon this gets when icons are brought in; `name` is one of qtawesome's, e.g. `mdi6.play`."""
    target.setProperty(_NAME, name)


def change_icon(button: QAbstractButton, name: str) -> None:
    """Another from here on: it does something else now."""
    if button.property(_NAME) == name:
        return
    name_icon(button, name)
    if not button.icon().isNull():  # else it comes with the others
        _bring_icon(button, colours_of(button))


def bring_icons(root: QWidget) -> None:
    """Give everything under `root` its icon, in the colours of the theme as it is."""
    colours = colours_of(root)
    everything: list[QObject] = [root, *root.findChildren(QObject)]
    for target in everything:
        if isinstance(target, QAbstractButton | QAction) and isinstance(target.property(_NAME), str):
            _bring_icon(target, colours)


def _bring_icon(target: QAbstractButton | QAction, colours: Colours) -> None:
    import qtawesome

    colour = colours.text
    if target.property("primary"):
        colour = colours.on_accent
    elif target.property("danger"):
        colour = colours.danger
    target.setIcon(qtawesome.icon(target.property(_NAME), color=QColor(colour), color_disabled=QColor(colours.muted)))
