"""The real experiment page and its desk on one folder, with an operator's hands.

Owns putting them together as app/wishes.py does, and waiting for what threads bring. Must not hold expectations.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import qasync
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialog, QLineEdit, QWidget

from app.experiment_desk import ExperimentDesk, Surroundings
from app.tasks import Tasks
from tests.waiting import PATIENCE_S
from widgets.experiment.fields import Field
from widgets.experiment_page import ExperimentPage

Value = TypeVar("Value")
Place = tuple[str | int, ...]
STUDY = """\
# our study
name: study
scenes:
  - id: hello   # greets
    kind: page
    text: Hi

  # the game itself
  - id: play
    kind: game
    duration_s: 60   # a minute
matching:
  max_p2p_rtt_ms: 150   # agreed in May
"""


class Stage:
    """`chosen` and `started` are what the console was asked for; `reports` what nobody expected."""

    def __init__(self, page: ExperimentPage) -> None:
        self.page, self.folder = page, Path()
        self.chosen: list[str] = []
        self.started = 0
        self.reports: list[str] = []
        self.tasks = Tasks(lambda sentence, details: self.reports.append(f"{sentence}\n{details}"))
        around = Surroundings(self._choose, self._start, lambda _loaded: self.folder / "logs", lambda: 0)
        self.desk = ExperimentDesk(page, self.tasks, around)

    def begin(self, folder: Path) -> None:
        """For another test."""
        self.folder = folder
        self.chosen, self.started = [], 0

    async def _choose(self, name: str) -> None:
        if await self.desk.follow(name):
            self.chosen.append(name)

    async def _start(self) -> None:
        if await self.desk.may_leave("before the run starts", lost=False):
            self.started += 1

    async def open(self, name: str | Path) -> None:
        await self.desk.open(str(name))

    # --- what is seen -------------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        return self.page.editor.text()

    def field(self, *place: str | int) -> Field:
        for box in self.page.form.sections:
            for rows in box.all_rows():
                if place in rows.places():
                    rows.build()
                    return rows.fields[str(place[-1])]
        raise AssertionError(f"there is no field for {place}")

    def fault_at(self, *place: str | int) -> str:
        """What stands below a field."""
        for box in self.page.form.sections:
            for rows in box.all_rows():
                if place in rows.places():
                    rows.build()
                    line = rows.fault_line(str(place[-1]))
                    return line.text() if line.isVisible() else ""
        raise AssertionError(f"there is no field for {place}")

    def scenes(self) -> list[str]:
        """The cards' titles."""
        [cards] = [box.cards for box in self.page.form.sections if box.cards and box.cards.place == ("scenes",)]
        return [card.title() for card in cards.cards]

    def cards(self, name: str) -> Any:
        return next(box.cards for box in self.page.form.sections if box.cards and box.cards.place == (name,))

    def question(self, kind: type[Value]) -> Value | None:
        """The dialog of this kind that is open, if one is."""
        dialogs = self.page.window().findChildren(QDialog)
        return next((one for one in dialogs if isinstance(one, kind) and one.isVisible()), None)

    # --- hands --------------------------------------------------------------------------------------------------------

    async def type_into(self, words: str, *place: str | int) -> None:
        """Over what stands in a field, and Enter."""
        self.page.form.go_to(place)
        line = self.field(*place).editor
        assert isinstance(line, QLineEdit)
        line.selectAll()
        QTest.keyClicks(line, words) if words else QTest.keyClick(line, Qt.Key.Key_Delete)
        QTest.keyClick(line, Qt.Key.Key_Return)
        await self.still()

    async def click(self, button: QAbstractButton) -> None:
        assert button.isEnabled(), button.text()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        await self.still()

    async def keys(self, key: Qt.Key, *modifiers: Qt.KeyboardModifier, into: QWidget | None = None) -> None:
        held = Qt.KeyboardModifier.NoModifier
        for modifier in modifiers:
            held |= modifier
        self.page.activateWindow()
        await until(self.page.isActiveWindow)
        QTest.keyClick(into or self.page, key, held)
        await self.still()

    async def still(self) -> None:
        """Until nothing is under way any more but looks and questions."""
        await asyncio.sleep(0)
        await until(lambda: not self.desk.busy)

    async def close(self) -> None:
        """Put everything away, dialogs and all."""
        await self.still()
        self.page.filter.clear()
        for dialog in self.page.window().findChildren(QDialog):
            dialog.done(0)
        await self.tasks.cancel_all()
        self.desk.forget()


def write(file: Path, data: bytes) -> None:
    """As another program does."""
    file.write_bytes(data)


def on_disk(file: Path) -> str:
    return file.read_bytes().decode()


def on_qts_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test's coroutine as the console's are run. With a `study`, that file is open when it begins."""

    async def whole(fixtures: dict[str, Any]) -> None:
        stage: Stage = fixtures["stage"]
        try:
            if "study" in fixtures:
                await stage.open(fixtures["study"])
            await test(**fixtures)
        finally:
            await stage.close()

    @functools.wraps(test)
    def run(**fixtures: Any) -> None:
        qasync.run(whole(fixtures))

    return run


async def until(look: Callable[[], Value], within_s: float = PATIENCE_S) -> Value:
    """Look until what is seen is truthy."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + within_s
    while not (seen := look()):
        assert loop.time() < deadline_s, "not in time"
        await asyncio.sleep(0.01)
    return seen
