"""Keys, names for screen readers, and strings that a translator can reach."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QScrollBar,
    QWidget,
)

from core.analysis.forecast import EndForecast
from tests.projections.stories import busy_session
from widgets.add_participants import AddParticipantsDialog
from widgets.dialogs import CloseQuestion, LinksDialog, ProblemDialog
from widgets.end_question import EndQuestion
from widgets.help_dialog import HelpDialog, keys_of
from widgets.settings_dialog import SettingsDialog

WIDGETS = Path(__file__).resolve().parents[2] / "widgets"
SPEAKING = ("setText", "setToolTip", "setWindowTitle", "setAccessibleName", "setPlaceholderText", "setWhatsThis",
            "setInformativeText", "addMenu", "addAction", "addTab", "say")  # fmt: skip


@pytest.fixture
def busy(window, folded, qtbot):
    window.show_run(folded(busy_session()), live=True)
    qtbot.waitUntil(lambda: window.panels["timeline"].plot is not None and window.panels["probes"].plot is not None)
    window.refresh(300.0)
    return window


def nameless(root: QWidget) -> list[str]:
    """Whatever the keyboard can reach and a screen reader could not tell."""
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        unreachable = widget.focusPolicy() == Qt.FocusPolicy.NoFocus or not widget.isVisibleTo(root)
        if unreachable or widget.focusProxy() is not None or isinstance(widget, QScrollBar):
            continue
        inner = isinstance(widget, QLineEdit) and isinstance(widget.parent(), QAbstractSpinBox | QComboBox)
        text = widget.text() if isinstance(widget, QAbstractButton | QLabel) else ""
        internal = widget.objectName().startswith("qt_") and not isinstance(widget, QAbstractItemView)
        if not (widget.accessibleName() or text or inner or internal):
            found.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    return found


def test_whatever_can_have_the_focus_has_a_name(busy):
    assert nameless(busy.centralWidget()) == []


def test_dialogs_too(qtbot, window, settings):
    for dialog in (
        LinksDialog(["http://localhost:8765/"], window), CloseQuestion("run_1", 3, 1, window),
        EndQuestion("drain", EndForecast(1, 2, 30.0, ("A",), 0), window), AddParticipantsDialog(2, 150, window),
        HelpDialog(window), SettingsDialog(settings, window), ProblemDialog("It failed.", "details", window),
    ):  # fmt: skip
        dialog.open()
        assert nameless(dialog) == [], type(dialog).__name__
        dialog.close()


def test_the_sheet_lists_every_key_of_the_window_and_only_those(busy):
    actions = [action for action in busy.findChildren(QAction) if action.shortcuts() and action.text()]
    shortcuts = busy.findChildren(QShortcut)
    wanted = {sequence.toString(QKeySequence.SequenceFormat.NativeText)
              for holder in (*(action.shortcuts() for action in actions), *(each.keys() for each in shortcuts))
              for sequence in holder}  # fmt: skip
    listed = {part for key in keys_of(busy) for part in key.keys.split(", ")}
    assert wanted - listed == set()
    assert {"Ctrl+1", "Ctrl+0", "F1", "?", "Ctrl+Shift+P"} <= listed
    assert all(key.words for key in keys_of(busy)), [key for key in keys_of(busy) if not key.words]


def test_no_key_does_two_things(busy):
    sequences = Counter(sequence.toString() for action in busy.findChildren(QAction) for sequence in action.shortcuts())
    assert [keys for keys, number in sequences.items() if number > 1] == []


def test_a_key_that_is_changed_is_changed_on_the_sheet(qtbot, window):
    window.menus.full_screen.setShortcut(QKeySequence("Ctrl+Alt+F"))
    qtbot.keyClick(window, Qt.Key.Key_F1)
    [sheet] = window.findChildren(HelpDialog)
    assert "Ctrl+Alt+F" in {key.keys for key in sheet.keys}
    sheet.close()


def bare_strings(tree: ast.AST) -> list[tuple[int, str]]:
    """Words given to what speaks to people without going through `tr`."""
    found = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SPEAKING):
            continue
        for argument in node.args[:1]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and _has_words(argument.value):
                found.append((node.lineno, argument.value))
    return found


def _has_words(text: str) -> bool:
    return len([letter for letter in text if letter.isalpha()]) > 2 and text != "Greenroom"


def test_every_string_can_be_translated():
    bare = [f"{path.relative_to(WIDGETS.parent)}:{line} {text!r}: use self.tr(…)"
            for path in sorted(WIDGETS.rglob("*.py"))
            for line, text in bare_strings(ast.parse(path.read_text(encoding="utf-8")))]  # fmt: skip
    assert bare == []


def test_a_bare_string_would_be_found():
    assert bare_strings(ast.parse("label.setText('Nobody waits')")) == [(1, "Nobody waits")]
    assert bare_strings(ast.parse("label.setText(self.tr('Nobody waits'))")) == []


def test_the_settings_are_kept_and_taken_up(qtbot, window, settings):
    window.ask_settings()
    [dialog] = window.findChildren(SettingsDialog)
    qtbot.keyClicks(dialog.name, "  Maria ")
    dialog.theme.setCurrentIndex(dialog.theme.findData("dark"))
    dialog.notify.setChecked(False)
    dialog.sound.setChecked(True)
    dialog.quiet.setChecked(True)
    dialog.folder.setText("/tmp/runs")
    with qtbot.waitSignal(window.settings_changed):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert settings.value("operator/name") == "Maria"
    assert settings.value("window/theme") == "dark"
    assert settings.value("alerts/sound", True, bool) is True
    assert settings.value("alerts/notify", True, bool) is False
    assert (settings.value("alerts/quiet_from"), settings.value("alerts/quiet_until")) == ("20:00", "08:00")
    assert settings.value("logs/folder") == "/tmp/runs"
    again = SettingsDialog(settings, window)
    qtbot.addWidget(again)
    assert (again.name.text(), again.quiet.isChecked(), again.theme.currentData()) == ("Maria", True, "dark")


def test_settings_that_are_called_off_change_nothing(qtbot, window, settings):
    window.ask_settings()
    [dialog] = window.findChildren(SettingsDialog)
    dialog.name.setText("Nobody")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert settings.value("operator/name") is None
    assert not [shown for shown in QApplication.topLevelWidgets() if isinstance(shown, QDialog) and shown.isVisible()]
