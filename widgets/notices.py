"""What the window says across its whole width, and everything known of it behind one button.

Owns the banner and its words around what it is given. Must not know how things stand: it is told.
"""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from widgets.dialogs import ProblemDialog
from widgets.parts.banner import Banner


class Notices(QObject):
    """`banner` is the widget; its `action_wanted` asks for the way back to the start page or out of a recorded run, its
    `other_wanted` to go on with a run whose engine was ended.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._details = ("", "")
        self.banner = Banner()
        self.banner.details_wanted.connect(self._show_details)

    def say(self, text: str) -> None:
        """A sentence that may be hidden."""
        self._details = (text, "")
        self.banner.say(text, "notice")

    def line_lost(self) -> None:
        """The engine does not answer, but may still be there."""
        text = self.tr("The engine does not answer: it stands still, or has no time. Nothing can be changed from here, "
                       "and what you see may be behind, until it answers again; this window keeps trying.")  # fmt: skip
        self._details = (text, "")
        self.banner.say(text, "warning")

    def refuse(self, reason: str) -> None:
        """A wish was not granted, and why."""
        self._details = (reason, "")
        self.banner.say(self.tr("Not done: {}").format(reason), "warning")

    def engine_lost(self, text: str, details: str, *, may_resume: bool) -> None:
        """The engine is gone, with the ways to go on."""
        self._details = (text, details)
        self.banner.say(
            text, "error", action=self.tr("Back to the start page"), details=bool(details), dismissible=False,
            action_tooltip=self.tr("Leave this run as it was recorded; a new one can be started"),
            other=self._go_on() if may_resume else "", other_tooltip=self._what_goes_on(),
        )  # fmt: skip

    def _go_on(self) -> str:
        return self.tr("Go on with this run")

    def _what_goes_on(self) -> str:
        return self.tr("Start another engine that goes on where this one was ended: everybody's page comes back by "
                       "itself to where it was, waiting times go on, and it stays one run")  # fmt: skip

    def recorded(self, problem: str = "", details: str = "", *, may_resume: bool = False) -> None:
        """What is seen is only looked at; `problem` says what is wrong with its log."""
        self._details = (problem, details)
        if may_resume:
            problem = f"{self.tr('It broke off: its engine was ended before the run was.')} {problem}".strip()
        text = self.tr("Recorded run: you see it as it was logged, and nothing here can be changed.")
        self.banner.say(
            f"{text} {problem}".strip(), "warning" if problem else "notice", details=bool(details),
            action=self.tr("Back"), action_tooltip=self.tr("Leave the recorded run (Alt+Left)"), dismissible=False,
            other=self._go_on() if may_resume else "", other_tooltip=self._what_goes_on(),
        )  # fmt: skip

    def reading(self, percent: int) -> None:
        """A long run is being read: how far."""
        self.banner.say(
            self.tr("Reading the run: {} % so far. What was read is shown.").format(percent), "notice",
            action=self.tr("Cancel"), action_tooltip=self.tr("Leave the recorded run (Alt+Left)"), dismissible=False,
        )  # fmt: skip

    def _show_details(self) -> None:
        ProblemDialog(*self._details, self._window).open()
