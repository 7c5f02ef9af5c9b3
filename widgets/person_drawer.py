"""One participant: how they stand, why they are not matched, what the operator can do, and their story.

Owns how it is laid out and which action is offered. Must not choose the person (the selection does), nor find words. A
question is asked before anything is done, and its answer goes upward as an intent.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from core.projections import person_words, why_words, words
from core.projections.participants import Person
from core.projections.person_actions import partners_at_hand, refusals, scenes_to_send_to
from core.projections.shown import ShownRun
from widgets import action_dialogs
from widgets.action_dialogs import ActionDialog
from widgets.palette import STATE_MARKS
from widgets.parts.button_grid import ButtonGrid
from widgets.parts.icons import name_icon
from widgets.parts.notes import EmptyNote, Pill, Stack
from widgets.parts.panel import Panel
from widgets.parts.selection import Selection
from widgets.parts.text import ElidedLabel, PlainLabel, plain_tooltip
from widgets.story_list import StoryList

PARTNERS_OFFERED: Final = 200
COLUMNS: Final = 4
LOW: Final = 400  # pixels of height


class PersonDrawer(Panel):
    """Signal: `intent_wanted(name, fields)`. Without controls (a recorded run) it only tells."""

    title = "Person"
    wants_time = True
    intent_wanted = Signal(str, object)

    def __init__(
        self, shown: ShownRun, *, controls_enabled: bool, selection: Selection, parent: QWidget | None = None
    ) -> None:
        super().__init__(
            shown.story, shown.participants, shown.waitroom, shown.run, shown.pairs, shown.games, parent=parent
        )
        self._shown, self._selection = shown, selection
        self._controls = controls_enabled
        self._make_head()
        self._make_actions()
        self.story = StoryList(shown.story)
        self._lay_out()
        selection.changed.connect(self._choose)
        self._choose(selection.subject_id)

    def withdraw_controls(self) -> None:
        """There is no engine any more that could do anything."""
        self._controls = False
        self._action_row.hide()

    def _make_head(self) -> None:
        self.name = ElidedLabel(name="cardTitle")
        self.state = Pill()
        self.facts = PlainLabel(name="muted", wrap=True)
        self.why = PlainLabel(wrap=True)
        self.why.setAccessibleName(self.tr("Why not matched"))
        self.next_steps = PlainLabel(name="muted", wrap=True)

    def _make_actions(self) -> None:
        self.buttons: dict[str, QToolButton] = {}
        self._tips: dict[str, str] = {}
        for action, text, icon, tip, ask in (
            ("message", self.tr("Message…"), "mdi6.message-text-outline", self.tr("Show a text on their page"),
             lambda person: action_dialogs.message(person.subject_id, self)),
            ("exclude", self.tr("Keep out…"), "mdi6.account-cancel-outline",
             self.tr("Put them into no group; they keep their place"),
             lambda person: action_dialogs.exclude(person.subject_id, not person.excluded, self)),
            ("match", self.tr("Match…"), "mdi6.account-multiple-plus-outline",
             self.tr("Let them play now with whom you choose, whatever was measured"), self._ask_match),
            ("extend", self.tr("Wait longer…"), "mdi6.timer-plus-outline", self.tr("Move the end of their wait"),
             lambda person: action_dialogs.extend(person.subject_id, self)),
            ("send", self.tr("Send to…"), "mdi6.arrow-right-bold-outline", self.tr("Let them go on from another scene"),
             lambda person: action_dialogs.send_to(
                 person.subject_id, scenes_to_send_to(person, self._shown.run), self)),
            ("end_game", self.tr("End game…"), "mdi6.stop-circle-outline",
             self.tr("Stop the game they play, for everybody in it"), self._ask_end_game),
            ("remove", self.tr("Remove…"), "mdi6.account-remove-outline", self.tr("Send them out of the run"),
             lambda person: action_dialogs.remove(person.subject_id, self)),
        ):  # fmt: skip
            button = QToolButton()
            button.setText(text)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setIconSize(QSize(16, 16))
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setProperty("danger", action == "remove")
            name_icon(button, icon)
            button.clicked.connect(partial(self._ask, ask))
            self.buttons[action], self._tips[action] = button, tip

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.name, 1)
        head.addWidget(self.state)
        self._action_row = ButtonGrid(list(self.buttons.values()), COLUMNS)
        top = QVBoxLayout()
        top.setContentsMargins(12, 8, 12, 8)
        top.setSpacing(4)
        top.addLayout(head)
        for widget in (self.facts, self.why, self.next_steps, self._action_row):
            top.addWidget(widget)
        person = QWidget()
        column = Stack(person)
        column.addLayout(top)
        # Not before it lies in something: it would be a window of its own for a moment.
        self._action_row.setVisible(self._controls)
        column.addWidget(self.story, 1)
        nobody = QWidget()
        EmptyNote(
            self.tr("Choose somebody in the waitroom, a chart or the feed: their story, why they wait, and what can "
                    "be done about it stand here."), nobody,
        )  # fmt: skip
        self._pages = QStackedWidget()
        self._pages.addWidget(nobody)
        self._pages.addWidget(person)
        Stack(self).addWidget(self._pages)
        self.setFocusProxy(self.story)

    # --- what is shown ------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, the story gets it."""
        super().resizeEvent(event)
        self._action_row.set_compact(self._is_low())
        self._drawn_version = -1

    def _is_low(self) -> bool:
        return self.height() < LOW

    def _choose(self, subject_id: str | None) -> None:
        self.story.show_person(subject_id)
        self._pages.setCurrentIndex(0 if subject_id is None else 1)
        self._drawn_version = -1  # draw at the next tick, whatever happened

    def person(self) -> Person | None:
        """Who is chosen, if they ever joined."""
        subject_id = self._selection.subject_id
        return None if subject_id is None else self._shown.participants.people.get(subject_id)

    def start_anew(self) -> None:
        """Another moment of the run."""
        self.story.show_person(self._selection.subject_id)

    def refresh(self, now_elapsed_s: float) -> None:
        """Head, answer, buttons and story, as they stand."""
        subject_id = self._selection.subject_id
        if subject_id is None:
            return
        person = self.person()
        _say(self.name, subject_id)
        if person is None:
            self.state.say(self.tr("not here yet"), "info", "dot")
        else:
            state = "away" if person.present and not person.connected else person.state
            self.state.say(person_words.STATES[state], state, STATE_MARKS[state])
        _say(self.facts, "" if person is None else person_words.facts(person, self._shown, now_elapsed_s))
        self._show_answer(subject_id, now_elapsed_s)
        self._offer(person)
        self.story.refresh()

    def _show_answer(self, subject_id: str, now_elapsed_s: float) -> None:
        is_waiting = subject_id in self._shown.waitroom.rows
        self.why.setVisible(is_waiting)
        self.next_steps.setVisible(is_waiting and not self._is_low())
        if is_waiting:
            answer = self._shown.why_not.answer(subject_id, now_elapsed_s)
            _say(self.why, why_words.line(answer) if self._is_low() else why_words.sentences(answer))
            steps = " · ".join(why_words.steps(answer))
            self.why.setToolTip(plain_tooltip(f"{why_words.sentences(answer)}\n{steps}"))
            _say(self.next_steps, steps)

    def _offer(self, person: Person | None) -> None:
        if not self._controls:
            return
        for action, why_not in refusals(person, self._shown.run, self._shown.waitroom).items():
            button = self.buttons[action]
            button.setEnabled(not why_not)
            button.setToolTip(plain_tooltip(why_not or self._tips[action]))
            button.setAccessibleDescription(why_not)
        excluded = person is not None and person.excluded
        self.buttons["exclude"].setText(self.tr("Take in…") if excluded else self.tr("Keep out…"))

    # --- what is asked ------------------------------------------------------------------------------------------------

    def _ask(self, make: Callable[[Person], ActionDialog], _checked: bool = False) -> None:
        person = self.person()
        if person is not None:
            dialog = make(person)
            dialog.wanted.connect(self.intent_wanted)
            dialog.open()

    def _ask_match(self, person: Person) -> ActionDialog:
        partners = partners_at_hand(person, self._shown.waitroom, PARTNERS_OFFERED)
        known = [(partner, self._known(person.subject_id, partner)) for partner in partners]
        return action_dialogs.match_with(person.subject_id, known, self._shown.run.group_size - 1, self)

    def _ask_end_game(self, person: Person) -> ActionDialog:
        return action_dialogs.end_game(person.game_id or "", [person.subject_id, *person.last_partners], self)

    def _known(self, subject_id: str, partner: str) -> str:
        record = self._shown.pairs.of_pair(subject_id, partner)
        if record is None:
            return self.tr("not measured")
        return self.tr("could not be measured") if record.rtt_ms is None else words.ms(record.rtt_ms)


def _say(label: PlainLabel, text: str) -> None:
    """Only what is new is laid out again."""
    if label.text() != text:
        label.setText(text)
