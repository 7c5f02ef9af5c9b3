"""Calling somebody who does not look: a sound, a desktop notification, a flash of the window.

Owns when each of them is fitting: the settings, the quiet hours, whether the window is in front. Must not decide what
calls, nor be silent about what is shown in the window: this only adds to it.
"""

from __future__ import annotations

import math
import struct
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject, QSettings, QStandardPaths, QTime, QUrl
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from widgets.parts.setting_names import NOTIFY, QUIET_FROM, QUIET_UNTIL, SOUND, TIME_FORMAT
from widgets.parts.text import shown

RATE_HZ: Final = 22_050
TONES: Final = ((660.0, 0.14), (880.0, 0.22))  # Hz, seconds
SHOWN_MS: Final = 10_000
NO_MARKUP: Final = str.maketrans({"<": "‹", ">": "›", "&": "+"})  # some desktops take a notification for markup


def is_quiet(now: QTime, quiet_from: str, quiet_until: str) -> bool:
    """Whether `now` is in the quiet hours, `HH:MM` each; they may go over midnight, and with one of them empty there
    are none.
    """
    begin, end = QTime.fromString(quiet_from, TIME_FORMAT), QTime.fromString(quiet_until, TIME_FORMAT)
    if not begin.isValid() or not end.isValid() or begin == end:
        return False
    return begin <= now < end if begin < end else now >= begin or now < end


class Alarm(QObject):
    """`call(text)` does what the settings allow. `play` and `now` are given by tests."""

    def __init__(
        self,
        settings: QSettings,
        window: QWidget,
        *,
        play: Callable[[], None] | None = None,
        now: Callable[[], QTime] = QTime.currentTime,
    ) -> None:
        super().__init__(window)
        self._settings, self._window, self._now = settings, window, now
        self._play = play or self._play_sound
        self._sound: Any = None
        self._tray: QSystemTrayIcon | None = None

    def call(self, text: str) -> None:
        """Something needs somebody; `text` is a plain sentence."""
        if self._is_on(SOUND) and not is_quiet(self._now(), self._text(QUIET_FROM), self._text(QUIET_UNTIL)):
            self._play()
        if self._is_on(NOTIFY) and not self._window.isActiveWindow():
            QApplication.alert(self._window)
            # Some desktops draw markup where they find any in a notification.
            self._notify(shown(text).replace("<", "‹"))

    def _is_on(self, name: str) -> bool:
        return bool(self._settings.value(name, True, bool))

    def _text(self, name: str) -> str:
        value = self._settings.value(name, "")
        return value if isinstance(value, str) else ""

    def _notify(self, text: str) -> None:
        if not (QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()):
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(self._window.windowIcon(), self)
            self._tray.setToolTip("Greenroom")
            self._tray.messageClicked.connect(self._to_front)
        self._tray.show()
        self._tray.showMessage("Greenroom", text.translate(NO_MARKUP), QSystemTrayIcon.MessageIcon.Warning, SHOWN_MS)

    def _to_front(self) -> None:
        self._window.raise_()
        self._window.activateWindow()

    def _play_sound(self) -> None:
        """Two short tones; the system's own beep where nothing could play them."""
        if self._sound is None:
            self._sound = _sound_effect(self)
        if self._sound is None:
            QApplication.beep()
        else:
            self._sound.play()


def _sound_effect(parent: QObject) -> Any:
    """A QSoundEffect with the tones; None without QtMultimedia, or without anything to hear them with."""
    try:
        from PySide6.QtMultimedia import QMediaDevices, QSoundEffect
    except ImportError:
        return None
    if QMediaDevices.defaultAudioOutput().isNull():
        return None
    effect = QSoundEffect(parent)
    effect.setSource(QUrl.fromLocalFile(str(_sound_file())))
    return effect


def _sound_file() -> Path:
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "alert.wav"
    write_sound(path)
    return path


def write_sound(path: Path) -> None:
    """The two tones, faded in and out, as a mono WAV file."""
    samples: list[int] = []
    for hertz, seconds in TONES:
        count = int(RATE_HZ * seconds)
        for number in range(count):
            fade = min(1.0, number / 400, (count - number) / 1200)
            samples.append(int(9_000 * fade * math.sin(2 * math.pi * hertz * number / RATE_HZ)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
