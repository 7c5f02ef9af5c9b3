"""Every colour of the console, for the light and the dark theme.

Owns the colours and which mark stands for what; no colour is ever the only sign. The hues of people's states and of
probe outcomes follow Okabe and Ito's palette (2008), whose members stay apart under the common colour blindnesses;
their lightness is fitted to each theme. Must not draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QWidget

PERSON_STATES: Final = ("page", "waiting", "probing", "playing", "done", "gone", "away")
STATE_MARKS: Final = {
    "page": "square", "waiting": "ring", "probing": "diamond", "playing": "play", "done": "check", "gone": "cross",
    "away": "slashed",
}  # fmt: skip
OUTCOME_MARKS: Final = ("circle", "triangle", "cross")
OUTCOMES: Final = ("accepted", "rejected", "failed")
SEVERITY_MARKS: Final = {"info": "dot", "good": "check", "notice": "square", "warning": "triangle", "error": "diamond"}


@dataclass(frozen=True)
class Colours:
    """One theme. Each is `#rrggbb`; names say what it is for, not what it looks like."""

    dark: bool
    window: str
    surface: str
    raised: str
    hover: str
    text: str
    muted: str
    border: str
    accent: str
    accent_hover: str
    on_accent: str
    selection: str
    danger: str
    page: str
    waiting: str
    probing: str
    playing: str
    done: str
    gone: str
    away: str
    accepted: str
    rejected: str
    failed: str
    limit: str
    info: str
    good: str
    notice: str
    warning: str
    error: str

    def of(self, name: str) -> QColor:
        """A colour by its name here, e.g. a person's state or a severity."""
        return QColor(getattr(self, name))


LIGHT: Final = Colours(
    dark=False,
    window="#e9eeeb", surface="#ffffff", raised="#f5f8f6", hover="#e8efeb", text="#16211c", muted="#54625b",
    border="#cfd8d3", accent="#0a6b4c", accent_hover="#085940", on_accent="#ffffff", selection="#d5ebe2",
    danger="#b3261e",
    page="#7b8782", waiting="#c47d00", probing="#0072b2", playing="#00835d", done="#0a6b4c", gone="#7a4b3a",
    away="#c2410c",
    accepted="#00875f", rejected="#d55e00", failed="#a8397a", limit="#16211c",
    info="#7b8782", good="#00875f", notice="#0072b2", warning="#c05600", error="#b3261e",
)  # fmt: skip

DARK: Final = Colours(
    dark=True,
    window="#121715", surface="#1d2421", raised="#262f2b", hover="#313c37", text="#e9efec", muted="#a3b0aa",
    border="#3d4843", accent="#36c08f", accent_hover="#55d3a6", on_accent="#05231a", selection="#1f4437",
    danger="#ff8a80",
    page="#75827c", waiting="#f0b13c", probing="#56b4e9", playing="#2bb98c", done="#36c08f", gone="#c79a87",
    away="#f58b4c",
    accepted="#35c795", rejected="#f58b4c", failed="#e08fc0", limit="#e6ece9",
    info="#75827c", good="#35c795", notice="#56b4e9", warning="#f5a04c", error="#ff8a80",
)  # fmt: skip


def colours_of(widget: QWidget) -> Colours:
    """The theme a widget is drawn in, read from its own palette."""
    return DARK if widget.palette().color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def qt_palette(colours: Colours) -> QPalette:
    """The theme as Qt's own palette, so that standard widgets follow without a style sheet."""
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: colours.window,
        QPalette.ColorRole.WindowText: colours.text,
        QPalette.ColorRole.Base: colours.surface,
        QPalette.ColorRole.AlternateBase: colours.raised,
        QPalette.ColorRole.Text: colours.text,
        QPalette.ColorRole.Button: colours.raised,
        QPalette.ColorRole.ButtonText: colours.text,
        QPalette.ColorRole.BrightText: colours.danger,
        QPalette.ColorRole.Highlight: colours.accent,
        QPalette.ColorRole.HighlightedText: colours.on_accent,
        QPalette.ColorRole.PlaceholderText: colours.muted,
        QPalette.ColorRole.ToolTipBase: colours.raised,
        QPalette.ColorRole.ToolTipText: colours.text,
        QPalette.ColorRole.Link: colours.probing,
        QPalette.ColorRole.LinkVisited: colours.probing,
        QPalette.ColorRole.Accent: colours.accent,
        QPalette.ColorRole.Light: colours.hover,
        QPalette.ColorRole.Midlight: colours.hover,
        QPalette.ColorRole.Mid: colours.border,
        QPalette.ColorRole.Dark: colours.border,
        QPalette.ColorRole.Shadow: colours.window,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    greyed = QColor(colours.muted)
    greyed.setAlphaF(0.55)
    faded = (
        QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.PlaceholderText,
    )  # fmt: skip
    for role in faded:
        palette.setColor(QPalette.ColorGroup.Disabled, role, greyed)
    return palette
