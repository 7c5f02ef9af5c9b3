"""What each operator may set for themselves.

Owns the dialog; what each setting is called is in parts/setting_names.py. Must not act on any but the theme: who is
concerned reads them.
"""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt, QTime, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTimeEdit,
    QVBoxLayout,
    QWidget,
)

from widgets.parts.setting_names import (
    LOGS_FOLDER,
    NOTIFY,
    OPERATOR,
    QUIET_FROM,
    QUIET_UNTIL,
    SOUND,
    THEME,
    TIME_FORMAT,
)
from widgets.parts.text import PlainLabel
from widgets.theme import CHOICES


class SettingsDialog(QDialog):
    """Written when it is accepted. Signal: `theme_chosen(choice)`, then too."""

    theme_chosen = Signal(str)

    def __init__(self, settings: QSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Settings"))
        self.setMinimumWidth(520)
        self._make_fields()
        self._lay_out()
        self._fill_in()
        self.accepted.connect(self._keep)

    def _make_fields(self) -> None:
        self.name = QLineEdit()
        self.name.setMaxLength(80)
        self.name.setPlaceholderText(self.tr("as you are logged in on this computer"))
        self.name.setToolTip(self.tr("Stands in the log beside whatever you do"))
        self.theme = QComboBox()
        words = {"system": self.tr("As the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        for choice in CHOICES:
            self.theme.addItem(words[choice], choice)
        self.theme.view().setAccessibleName(self.tr("Themes"))
        self.theme.setToolTip(self.tr("Colours of the window"))
        self.sound = QCheckBox(self.tr("Play a &sound when something needs you"))
        self.sound.setToolTip(self.tr("For alerts, which the experiment file sets"))
        self.notify = QCheckBox(self.tr("Show a &notification on the desktop"))
        self.notify.setToolTip(self.tr("Also when another window is in front"))
        self.quiet = QCheckBox(self.tr("No sound &from"))
        self.quiet.setToolTip(self.tr("Quiet hours: alerts are shown, but make no sound"))
        self.quiet_from, self.quiet_until = QTimeEdit(), QTimeEdit()
        for field, words_of in (
            (self.quiet_from, self.tr("Quiet from")), (self.quiet_until, self.tr("Quiet until")),
        ):  # fmt: skip
            field.setDisplayFormat(TIME_FORMAT)
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
            field.setAccessibleName(words_of)
            field.setToolTip(words_of)
        self.folder = QLineEdit()
        self.folder.setPlaceholderText(self.tr("as the experiment file says"))
        self.folder.setToolTip(self.tr("Each run gets a folder of its own in there"))
        self.browse = QPushButton(self.tr("&Browse…"))
        self.browse.setToolTip(self.tr("Choose the folder"))
        self.browse.clicked.connect(self._browse)
        self.sound.toggled.connect(self._enable)
        self.quiet.toggled.connect(self._enable)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(12)
        grid.setColumnStretch(1, 1)
        quiet = QHBoxLayout()
        quiet.setSpacing(8)
        for widget in (self.quiet, self.quiet_from, PlainLabel(self.tr("until")), self.quiet_until):
            quiet.addWidget(widget)
        quiet.addStretch(1)
        folder = QHBoxLayout()
        folder.setSpacing(8)
        folder.addWidget(self.folder, 1)
        folder.addWidget(self.browse)
        self._row(grid, self.tr("Your na&me"), self.name)
        self._row(grid, self.tr("&Theme"), self.theme)
        self._row(grid, self.tr("Alerts"), self.notify)
        self._row(grid, "", self.sound)
        grid.addLayout(quiet, grid.rowCount(), 1)
        grid.addWidget(self._caption(self.tr("Folder of &runs"), self.folder), grid.rowCount(), 0)
        grid.addLayout(folder, grid.rowCount() - 1, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        keep = buttons.addButton(self.tr("&Save"), QDialogButtonBox.ButtonRole.AcceptRole)
        keep.setProperty("primary", True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(16)
        layout.addLayout(grid)
        layout.addWidget(
            PlainLabel(
                self.tr("Kept for you alone on this computer. Another folder counts from the next run."),
                name="muted", wrap=True,
            )
        )  # fmt: skip
        layout.addWidget(buttons)
        keep.setDefault(True)

    def _row(self, grid: QGridLayout, words: str, field: QWidget) -> None:
        row = grid.rowCount()
        grid.addWidget(self._caption(words, field), row, 0)
        grid.addWidget(field, row, 1)

    def _caption(self, words: str, field: QWidget) -> PlainLabel:
        caption = PlainLabel(words)
        if not isinstance(field, QCheckBox):
            caption.setBuddy(field)
            field.setAccessibleName(words.replace("&", ""))
        return caption

    def _fill_in(self) -> None:
        self.name.setText(self._text(OPERATOR))
        self.theme.setCurrentIndex(max(0, self.theme.findData(self._text(THEME, "system"))))
        self.sound.setChecked(bool(self._settings.value(SOUND, True, bool)))
        self.notify.setChecked(bool(self._settings.value(NOTIFY, True, bool)))
        start, end = self._text(QUIET_FROM), self._text(QUIET_UNTIL)
        self.quiet.setChecked(bool(start and end))
        self.quiet_from.setTime(QTime.fromString(start or "20:00", TIME_FORMAT))
        self.quiet_until.setTime(QTime.fromString(end or "08:00", TIME_FORMAT))
        self.folder.setText(self._text(LOGS_FOLDER))
        self._enable()

    def _text(self, name: str, default: str = "") -> str:
        value = self._settings.value(name, default)
        return value if isinstance(value, str) else default

    def _enable(self) -> None:
        self.quiet.setEnabled(self.sound.isChecked())
        for field in (self.quiet_from, self.quiet_until):
            field.setEnabled(self.sound.isChecked() and self.quiet.isChecked())

    def _browse(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder of runs"), self.folder.text())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()

    def _keep(self) -> None:
        quiet = self.quiet.isChecked()
        for name, value in (
            (OPERATOR, self.name.text().strip()), (SOUND, self.sound.isChecked()), (NOTIFY, self.notify.isChecked()),
            (QUIET_FROM, self.quiet_from.time().toString(TIME_FORMAT) if quiet else ""),
            (QUIET_UNTIL, self.quiet_until.time().toString(TIME_FORMAT) if quiet else ""),
            (LOGS_FOLDER, self.folder.text().strip()),
        ):  # fmt: skip
            self._settings.setValue(name, value)
        self.theme_chosen.emit(self.theme.currentData())
