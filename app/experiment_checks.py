"""The looks before the doors open, told to the page as they come.

Owns the thread they run in and its end. Must not look at anything itself (core/server/preflight.py does).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from app import preflight
from core.experiment.loader import LoadedExperiment
from core.server.preflight import Check, look_at, verdict, worst
from core.server.preflight_shapes import Finding
from widgets.experiment.checks import CheckPanel
from widgets.experiment.description import CheckLine

FAULTY = Finding("stop", "Something is wrong in it.", "Mend what is marked in the form and the text.")


class Looks:
    """`look` is called off by cancelling it: threads that still wait for an answer hold up nothing."""

    def __init__(self, panel: CheckPanel) -> None:
        self._panel = panel

    def tell_faulty(self) -> None:
        """The experiment cannot be run; there is nothing else to look at."""
        line = CheckLine("file", "Experiment file", FAULTY.level, FAULTY.sentence, FAULTY.advice)
        self._panel.begin([line])
        self._panel.end(verdict([FAULTY]), FAULTY.level)

    async def look(self, loaded: LoadedExperiment, logs_dir: Path, port: int | None) -> None:
        """Every finding as it comes, then the verdict."""
        cancelled = threading.Event()
        loop = asyncio.get_running_loop()

        def told(check: Check, finding: Finding) -> None:
            if not cancelled.is_set():
                self._panel.show_line(_line(check, finding))

        def tell(check: Check, finding: Finding) -> None:
            loop.call_soon_threadsafe(told, check, finding)

        try:
            checks = await asyncio.to_thread(preflight.checks, loaded, logs_dir, None, port)
            self._panel.begin([CheckLine(check.name, check.title) for check in checks])
            findings = await asyncio.to_thread(_look_at, checks, cancelled, tell)
            self._panel.end(verdict(findings), worst(findings))
        except asyncio.CancelledError:
            self._panel.end("Cancelled: not everything was looked at.", "pending")
            raise
        finally:
            cancelled.set()


def _look_at(
    checks: Sequence[Check], cancelled: threading.Event, tell: Callable[[Check, Finding], None]
) -> list[Finding]:
    findings = []
    for check, finding in look_at(checks, cancelled):
        findings.append(finding)
        tell(check, finding)
    return findings


def _line(check: Check, finding: Finding) -> CheckLine:
    return CheckLine(check.name, check.title, finding.level, finding.sentence, finding.advice)
