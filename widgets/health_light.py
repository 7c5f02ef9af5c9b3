"""How the engine is doing, as one light: quiet while all is well, loud when it is not; by shape and words, too.

Owns when a figure is worth a look. Must not measure anything: figures come from the log, and alarms are the engine's.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtWidgets import QToolButton, QToolTip, QWidget

from core.projections import words
from core.projections.health import HealthProjection
from widgets.palette import SEVERITY_MARKS, colours_of
from widgets.parts.marks import mark_icon
from widgets.parts.text import plain_tooltip

SLOW_MS: Final = 100.0  # a loop that wakes up this late adds as much to a measured round trip
VERY_SLOW_MS: Final = 500.0
DISK_LOW_BYTES: Final = 2_000_000_000
DISK_FULL_BYTES: Final = 200_000_000
SILENT_S: Final = 20.0  # four reports that did not come
_BESIDE: Final = 5  # pixels between mark and words


class Verdict(NamedTuple):
    """`severity` is a name of `palette.SEVERITY_MARKS`, `text` a few words, `figures` what is known, a line each."""

    severity: str
    text: str
    figures: str


def size_text(number_of_bytes: int) -> str:
    """`820 MB`, `1.4 GB`, `56 GB`."""
    if number_of_bytes < 1_000_000_000:
        return f"{number_of_bytes / 1e6:.0f} MB"
    giga = number_of_bytes / 1e9
    return f"{giga:.1f} GB" if giga < 10 else f"{giga:.0f} GB"


class HealthLight(QToolButton):
    """A mark and a few words; pressed it shows its figures, as its tooltip does."""

    def __init__(self, health: HealthProjection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._health = health
        self._verdict: Verdict | None = None
        self.setProperty("quiet", True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(12 + _BESIDE, 12))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self._show_figures)

    def verdict(self) -> Verdict | None:
        """What it says; None before the first refresh."""
        return self._verdict

    def refresh(self, now_elapsed_s: float) -> None:
        """Judge again."""
        verdict = self._judge(now_elapsed_s)
        if verdict == self._verdict:
            return
        before, self._verdict = self._verdict, verdict
        self.setAccessibleName(verdict.text)
        self.setAccessibleDescription(verdict.figures)
        self.setToolTip(plain_tooltip(verdict.figures))
        if before is None or before.severity != verdict.severity:
            self._raise_voice(verdict.severity)
            self._recolour()
        if before is None or before.text != verdict.text:
            self.speak()

    def hush(self) -> None:
        """Where there is no room: the mark alone, unless it is loud."""
        if self._verdict is not None and self._verdict.severity in ("info", "good"):
            self.setText("")

    def speak(self) -> None:
        """Mark and words."""
        if self._verdict is not None:
            self.setText(self._verdict.text)

    def _judge(self, now_elapsed_s: float) -> Verdict:
        """What to say of the newest report."""
        health, latest = self._health, self._health.latest
        if latest is None:
            return Verdict("info", self.tr("Engine"), self.tr("The engine reports every five seconds; none yet."))
        lag_ms, disk = latest.loop_lag_ms, latest.disk_free_bytes
        age_s = now_elapsed_s - latest.elapsed_s
        figures = [
            self.tr("Loop lag: {lag} (worst since the report before; {worst} in the last ten minutes)").format(
                lag=words.ms(lag_ms), worst=words.ms(max(lag for _, lag in health.recent_loop_lag_ms))
            ),
            self.tr("Clients connected: {}").format(latest.clients),
            self.tr("Disk left for the log: {}").format(size_text(disk) if disk else self.tr("not known")),
            self.tr("Memory: {}").format(size_text(latest.memory_bytes)),
            self.tr("Client messages refused: {}").format(health.refused),
            self.tr("Reported {} ago").format(words.clock_text(age_s)),
        ]
        checks = (
            (age_s > SILENT_S, "error", self.tr("Engine silent for {}").format(words.clock_text(age_s))),
            (0 < disk < DISK_FULL_BYTES, "error", self.tr("Disk almost full: {}").format(size_text(disk))),
            (lag_ms >= VERY_SLOW_MS, "error", self.tr("Engine very slow: {}").format(words.ms(lag_ms))),
            (0 < disk < DISK_LOW_BYTES, "warning", self.tr("Disk low: {}").format(size_text(disk))),
            (lag_ms >= SLOW_MS, "warning", self.tr("Engine slow: {}").format(words.ms(lag_ms))),
        )
        severity, text = next(
            ((severity, text) for holds, severity, text in checks if holds), ("good", self.tr("Engine well"))
        )
        return Verdict(severity, text, "\n".join([text, "", *figures]))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def _recolour(self) -> None:
        if self._verdict is not None:
            severity = self._verdict.severity
            colour = colours_of(self.window()).of(severity)
            self.setIcon(mark_icon(SEVERITY_MARKS[severity], colour, beside=_BESIDE))

    def _raise_voice(self, severity: str) -> None:
        loud = severity in ("warning", "error")
        self.setProperty("quiet", not loud)
        self.setProperty("tone", severity if loud else "")
        self.style().unpolish(self)
        self.style().polish(self)

    def _show_figures(self) -> None:
        QToolTip.showText(self.mapToGlobal(QPoint(0, self.height())), self.toolTip(), self)
