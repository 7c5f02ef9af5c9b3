"""Words on a button that may have to do without them.

Owns keeping what a screen reader says whatever is seen.
"""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton


def give_words(button: QAbstractButton, text: str) -> None:
    """These, for screen readers, too."""
    button.setAccessibleName(text.replace("&", ""))
    button.setText(text)


def bare(button: QAbstractButton) -> None:
    """An icon alone, once there is one; its words are in its tooltip and for screen readers."""
    if not button.icon().isNull():
        button.setText("")
