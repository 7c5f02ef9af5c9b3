"""What is asked before the operator does something to people: what exactly, why, and whether really.

Owns these questions' words, and when an answer is complete. Must not act: each answers by `wanted(intent, fields)`, and
nothing if it is called off. What cannot be undone has no default button that does it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.projections import words
from widgets.parts.text import PlainLabel, plain_tooltip, shown

MAX_TEXT: Final = 2000
MAX_REASON: Final = 500
Fields = dict[str, Any]


class ActionDialog(QDialog):
    """A sentence, at most one thing to fill in, a reason, and a button. Signal: `wanted(intent, fields)`, once."""

    wanted = Signal(str, object)

    def __init__(
        self, intent: str, title: str, sentence: str, button: str, parent: QWidget | None = None, *, final: bool = False
    ) -> None:
        """`final`: it cannot be undone."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(460)
        self._intent = intent
        self.field: QWidget | None = None
        self._fields: Callable[[], Fields] = dict
        self._is_complete: Callable[[], bool] = lambda: True
        self.layout_ = QVBoxLayout(self)
        self.layout_.setContentsMargins(20, 18, 20, 16)
        self.layout_.setSpacing(8)
        self.layout_.addWidget(PlainLabel(sentence, wrap=True))
        self.reason = QLineEdit()
        self.reason.setMaxLength(MAX_REASON)
        self.reason.setPlaceholderText(self.tr("May be left empty"))
        self.reason.setToolTip(self.tr("Kept in the log, with your name"))
        self._reason_caption = self._captioned(self.tr("&Reason, for the log"), self.reason)
        self.buttons = QDialogButtonBox()
        self.do = self.buttons.addButton(button, QDialogButtonBox.ButtonRole.AcceptRole)
        self.do.setToolTip(plain_tooltip(title))
        self.do.setProperty("danger" if final else "primary", True)
        self.cancel = self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.layout_.addSpacing(8)
        self.layout_.addStretch(1)
        self.layout_.addWidget(self.buttons)
        for each, is_default in ((self.do, not final), (self.cancel, final)):
            each.setAutoDefault(is_default)
            each.setDefault(is_default)
        self.accepted.connect(self._answer)

    def fill_in(
        self, caption: str, field: QWidget, fields: Callable[[], Fields], is_complete: Callable[[], bool]
    ) -> None:
        """The thing to fill in, above the reason; call `review` whenever it changes."""
        self.field, self._fields, self._is_complete = field, fields, is_complete
        at = self.layout_.indexOf(self._reason_caption)
        label = PlainLabel(caption)
        label.setBuddy(field)
        field.setAccessibleName(caption.replace("&", ""))
        self.layout_.insertWidget(at, label)
        self.layout_.insertWidget(at + 1, field)
        field.setFocus()
        self.review()

    def without_reason(self) -> None:
        """What is filled in is reason enough."""
        self._reason_caption.hide()
        self.reason.hide()

    def about(self, **fields: Any) -> ActionDialog:
        """Fields of the intent that are not asked for."""
        asked = self._fields
        self._fields = lambda: {**asked(), **fields}
        return self

    def review(self, *_said: object) -> None:
        """Whether the answer is complete."""
        self.do.setEnabled(self._is_complete())

    def _captioned(self, caption: str, field: QWidget) -> PlainLabel:
        label = PlainLabel(caption, name="muted")
        label.setBuddy(field)
        field.setAccessibleName(caption.replace("&", ""))
        self.layout_.addWidget(label)
        self.layout_.addWidget(field)
        return label

    def _answer(self) -> None:
        reason = self.reason.text().strip()
        self.wanted.emit(self._intent, {**self._fields(), **({"reason": reason} if reason else {})})


def note(parent: QWidget | None = None) -> ActionDialog:
    """A line for the record."""
    dialog = ActionDialog(
        "add_note", _tr("Note"), _tr("Kept in the log with this moment; it shows in the feed and the timeline."),
        _tr("&Add note"), parent,
    )  # fmt: skip
    line = QLineEdit()
    line.setMaxLength(MAX_TEXT)
    line.textChanged.connect(dialog.review)
    dialog.fill_in(_tr("&Note"), line, lambda: {"text": line.text()}, lambda: bool(line.text().strip()))
    dialog.without_reason()
    return dialog


def message(subject_id: str | None, parent: QWidget | None = None) -> ActionDialog:
    """A text for one, or (None) everybody."""
    to = _tr("everybody who is here") if subject_id is None else words.name(subject_id)
    dialog = ActionDialog(
        "message_participant", _tr("Message"), _tr("Shown on the page of {}, at once.").format(to), _tr("&Send"), parent
    )
    text = QPlainTextEdit()
    text.setTabChangesFocus(True)
    text.setFixedHeight(96)
    text.textChanged.connect(dialog.review)
    dialog.fill_in(
        _tr("&Text"), text, lambda: {"text": text.toPlainText()},
        lambda: 0 < len(text.toPlainText().strip()) <= MAX_TEXT,
    )  # fmt: skip
    return dialog.about(subject_id=subject_id)


def exclude(subject_id: str, excluded: bool, parent: QWidget | None = None) -> ActionDialog:
    """Out of matching, or in again."""
    who = words.name(subject_id)
    if excluded:
        title, button = _tr("Keep out of matching"), _tr("&Keep out")
        sentence = _tr("{} keeps the place and goes on waiting, but is put into no group until taken in again.")
    else:
        title, button = _tr("Take into matching again"), _tr("&Take in")
        sentence = _tr("{} is tried with the others at once, from the old place.")
    dialog = ActionDialog("exclude_participant", title, sentence.format(who), button, parent)
    return dialog.about(subject_id=subject_id, excluded=excluded)


def remove(subject_id: str, parent: QWidget | None = None) -> ActionDialog:
    """Out of the run."""
    sentence = _tr("{} is sent to a last page, without a completion code. A game they play ends for everybody in it.")
    title = _tr("Remove from the run")
    return ActionDialog(
        "remove_participant", title, sentence.format(words.name(subject_id)), _tr("&Remove"), parent, final=True
    ).about(subject_id=subject_id)


def end_game(game_id: str, players: Sequence[str], parent: QWidget | None = None) -> ActionDialog:
    """For all of its players."""
    sentence = _tr("The game of {} stops at once; its players go on to the next scene.").format(words.names(players))
    return ActionDialog("end_game", _tr("End the game"), sentence, _tr("&End the game"), parent, final=True).about(
        game_id=game_id
    )


def extend(subject_id: str | None, parent: QWidget | None = None) -> ActionDialog:
    """A later end of the wait, for one or (None) everybody who waits."""
    who = _tr("everybody who waits now") if subject_id is None else words.name(subject_id)
    sentence = _tr("The end of the wait moves for {}, from where it is.").format(who)
    dialog = ActionDialog("extend_waiting", _tr("Let wait longer"), sentence, _tr("&Extend"), parent)
    minutes = QSpinBox()
    minutes.setRange(1, 24 * 60)
    minutes.setValue(5)
    minutes.setSuffix(_tr(" min"))
    minutes.setMaximumWidth(140)
    minutes.setAlignment(Qt.AlignmentFlag.AlignRight)
    minutes.selectAll()
    dialog.fill_in(_tr("By how &much"), minutes, lambda: {"by_s": minutes.value() * 60}, lambda: True)
    return dialog.about(subject_id=subject_id)


def send_to(subject_id: str, scenes: Sequence[tuple[str, str]], parent: QWidget | None = None) -> ActionDialog:
    """To another scene; `scenes` are `(scene_id, title)`."""
    sentence = _tr("{} goes on from there. A probe or game they are in ends for everybody in it.")
    dialog = ActionDialog(
        "send_to_scene", _tr("Send to a scene"), sentence.format(words.name(subject_id)), _tr("&Send there"), parent,
        final=True,
    )  # fmt: skip
    choice = QComboBox()
    for scene_id, title in scenes:
        choice.addItem(f"{scene_id} – {shown(title)}" if title else scene_id, scene_id)
    dialog.fill_in(
        _tr("&Scene"), choice, lambda: {"scene_id": choice.currentData()}, lambda: choice.currentIndex() >= 0
    )
    return dialog.about(subject_id=subject_id)


def match_with(
    subject_id: str, partners: Sequence[tuple[str, str]], missing: int, parent: QWidget | None = None
) -> ActionDialog:
    """A group put together by hand; `partners` are `(subject_id, what is known)`, of whom `missing` are needed."""
    needed = _tr("one partner") if missing == 1 else _tr("{} partners").format(missing)
    sentence = _tr(
        "{who} plays at once with whom you choose, whatever was measured; choose {needed}. "
        "The match is marked as forced in the record."
    ).format(who=words.name(subject_id), needed=needed)
    dialog = ActionDialog("force_match", _tr("Match by hand"), sentence, _tr("&Match them"), parent, final=True)
    choice = QListWidget()
    single, several = QAbstractItemView.SelectionMode.SingleSelection, QAbstractItemView.SelectionMode.MultiSelection
    choice.setSelectionMode(single if missing == 1 else several)
    choice.setFixedHeight(180)
    choice.setSpacing(3)
    choice.setTextElideMode(Qt.TextElideMode.ElideRight)
    choice.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    for partner, known in partners:
        item = QListWidgetItem(f"{words.name(partner)} · {known}" if known else words.name(partner))
        item.setData(Qt.ItemDataRole.UserRole, partner)
        choice.addItem(item)
    choice.itemSelectionChanged.connect(dialog.review)

    def chosen() -> list[str]:
        return [item.data(Qt.ItemDataRole.UserRole) for item in choice.selectedItems()]

    dialog.fill_in(
        _tr("&With"), choice, lambda: {"subject_ids": [subject_id, *chosen()]}, lambda: len(chosen()) == missing
    )
    return dialog


def _tr(text: str) -> str:
    return QCoreApplication.translate("action_dialogs", text)
