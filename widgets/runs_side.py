"""Beside the list of runs: what is wrong with the chosen one, and its tags and note, to be written.

Owns the two fields and when what was typed is handed on. Must not keep it: what is kept comes back with the run's line.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from core.analysis.runs.run_line import RunLine, size_text, thresholds_text
from core.projections import words
from widgets.parts.notes import Pill
from widgets.parts.text import ElidedLabel, PlainLabel
from widgets.runs_columns import STATE_MARKS, state_words

NOTE_LIMIT = 10_000
TAGS_LIMIT = 900


class RunsSide(QFrame):
    """Signal: `notes_wanted(path, tags, note)` when a field that was changed is left, or with Ctrl+Enter."""

    notes_wanted = Signal(str, object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._run: RunLine | None = None
        self._unkept: dict[str, tuple[list[str], str, str]] = {}  # what could not be kept, by path, and why
        self._name = ElidedLabel(name="cardTitle")
        self._state = Pill()
        self._about = PlainLabel(name="muted", wrap=True)
        self._problems = PlainLabel(name="problem", wrap=True)
        self._problems.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.tags = QLineEdit()
        self.tags.setMaxLength(TAGS_LIMIT)
        self.tags.setPlaceholderText(self.tr("pilot, room 4"))
        self.tags.setToolTip(self.tr("Words to find the run by, with commas between them (Ctrl+Enter keeps them)"))
        self.note = QPlainTextEdit()
        self.note.setPlaceholderText(self.tr("What should be remembered of this run"))
        self.note.setToolTip(self.tr("Kept beside the run, never in its log (Ctrl+Enter keeps it)"))
        self.note.setTabChangesFocus(True)
        self._kept = PlainLabel(name="muted", wrap=True)
        self._where = self.tr("Kept beside the run, never in its log.")
        for field in (self.tags, self.note):
            field.installEventFilter(self)
        self._lay_out()
        self.show_runs([])

    def _lay_out(self) -> None:
        facts = QWidget()
        column = QVBoxLayout(facts)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self._name, self._state, self._about, self._problems):
            column.addWidget(widget)
        column.addStretch(1)
        self._fields = QWidget()
        fields = QVBoxLayout(self._fields)
        fields.setContentsMargins(0, 0, 0, 0)
        fields.setSpacing(6)
        for caption, field, stretch in ((self.tr("&Tags"), self.tags, 0), (self.tr("&Note"), self.note, 1)):
            label = PlainLabel(caption)
            label.setBuddy(field)
            field.setAccessibleName(caption.replace("&", ""))
            fields.addWidget(label)
            fields.addWidget(field, stretch)
        fields.addWidget(self._kept)
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.setContentsMargins(16, 14, 16, 14)
        self._box.setSpacing(14)
        self._box.addWidget(facts)
        self._box.addWidget(self._fields, 1)

    def lie_flat(self, flat: bool) -> None:
        """Facts and fields beside each other, for a place below the list."""
        direction = QBoxLayout.Direction.LeftToRight if flat else QBoxLayout.Direction.TopToBottom
        self._box.setDirection(direction)
        self._box.setStretch(0, 1 if flat else 0)
        self._box.setStretch(1, 2 if flat else 1)

    def show_runs(self, runs: Sequence[RunLine]) -> None:
        """The chosen ones; tags and note can be written for one. What was typed before is handed on first."""
        run = runs[0] if len(runs) == 1 else None
        if self._run is not None and (run is None or run.path != self._run.path):
            self.hand_on()
        same = run is not None and self._run is not None and run.path == self._run.path
        typing = same and self._changed()
        self._run = run
        self._fields.setVisible(run is not None)
        self._state.setVisible(run is not None)
        self._problems.setVisible(run is not None and bool(run.problems))
        if run is not None and not typing and (not same or self._changed()):
            tags, note, problem = self._unkept.get(run.path, (run.tags, run.note, ""))
            self.tags.setText(", ".join(tags))
            self.note.setPlainText(note)
            self._say(problem)
        if run is None:
            self._show_several(runs)
        else:
            self._show_one(run)

    def show_kept(self, path: str) -> None:
        """What was handed on was kept."""
        self._unkept.pop(path, None)
        if self._run is not None and self._run.path == path:
            self._say(self.tr("Kept. ") + self._where)

    def show_not_kept(self, path: str, tags: Sequence[str], note: str, problem: str) -> None:
        """What was handed on could not be kept: it stays here, and is tried again when it is left again."""
        self._unkept[path] = (list(tags), note, problem)
        if self._run is not None and self._run.path == path:
            self._say(problem)

    def hand_on(self) -> None:
        """Have what was typed kept, if anything was."""
        if self._run is not None and self._changed():
            run, tags, note = self._run, self._typed_tags(), self._typed_note()
            self._run = _with(run, tags, note)
            self.notes_wanted.emit(run.path, tags, note)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A field that is left is finished; Ctrl+Enter finishes it in its place."""
        if event.type() == QEvent.Type.FocusOut:
            self.hand_on()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if enter and (event.modifiers() & Qt.KeyboardModifier.ControlModifier or watched is self.tags):
                self.hand_on()
                return True
        return False

    def _changed(self) -> bool:
        run = self._run
        return run is not None and (self._typed_tags() != run.tags or self._typed_note() != run.note)

    def _typed_tags(self) -> list[str]:
        return [tag for part in self.tags.text().split(",") if (tag := " ".join(part.split()))]

    def _typed_note(self) -> str:
        return self.note.toPlainText().strip()[:NOTE_LIMIT]

    def _say(self, said: str) -> None:
        self._kept.setText(said or self._where)

    def _show_several(self, runs: Sequence[RunLine]) -> None:
        if not runs:
            self._name.setText(self.tr("No run chosen"))
            self._about.setText(self.tr("Choose a run to see what is known of it, and to write tags and a note."))
            return
        size = size_text(sum(run.size_bytes for run in runs))
        self._name.setText(self.tr("{number} runs, {size}").format(number=len(runs), size=size))
        self._about.setText(self.tr("Compare takes 2 to 12. For tags and a note choose one run."))

    def _show_one(self, run: RunLine) -> None:
        shape, colour = STATE_MARKS[run.state]
        self._name.setText(words.plain(run.run_id))
        self._state.say(state_words()[run.state], colour, shape)
        limits = [self.tr("limit {}").format(thresholds_text(run.thresholds))] if run.thresholds else []
        events = self.tr("{} events").format(f"{run.events:,}")
        self._about.setText(" · ".join([words.plain(run.ended), *limits, events, size_text(run.size_bytes)]))
        self._problems.setText("\n".join(words.sentence(words.plain(problem)) for problem in run.problems))


def _with(run: RunLine, tags: list[str], note: str) -> RunLine:
    """As it will be once it is kept; until then nothing is handed on twice."""
    return msgspec.structs.replace(run, tags=tags, note=note)
