"""Sound and notification come when the settings, the hour and the window allow it; once for each new alert."""

from __future__ import annotations

import wave
from typing import Any

import pytest
from PySide6.QtCore import QTime
from PySide6.QtWidgets import QWidget

from core import events as ev
from core.projections.alerts import AlertsProjection
from widgets.alert_line import AlertLine
from widgets.parts.alarm import TONES, Alarm, is_quiet, write_sound
from widgets.parts.setting_names import NOTIFY, QUIET_FROM, QUIET_UNTIL, SOUND


@pytest.mark.parametrize(
    ("now", "begin", "end", "quiet"),
    [
        ("21:00", "", "", False), ("21:00", "22:00", "", False), ("21:00", "xx", "23:00", False),
        ("12:30", "12:00", "13:00", True), ("13:00", "12:00", "13:00", False), ("11:59", "12:00", "13:00", False),
        ("23:00", "22:00", "07:00", True), ("06:59", "22:00", "07:00", True), ("07:00", "22:00", "07:00", False),
        ("12:00", "12:00", "12:00", False),
    ],
)  # fmt: skip
def test_quiet_hours(now: str, begin: str, end: str, quiet: bool):
    assert is_quiet(QTime.fromString(now, "HH:mm"), begin, end) == quiet


class Heard:
    """An alarm whose sound and notifications are counted."""

    def __init__(self, settings: Any, window: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sounds, self.notes, self.hour = 0, list[str](), QTime(12, 0)
        self.alarm = Alarm(settings, window, play=self._play, now=lambda: self.hour)
        monkeypatch.setattr(self.alarm, "_notify", self.notes.append)

    def _play(self) -> None:
        self.sounds += 1


@pytest.fixture
def heard(qtbot: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Heard:
    window = QWidget()
    qtbot.addWidget(window)
    return Heard(settings, window, monkeypatch)


def test_sound_and_notification_follow_the_settings(heard: Heard, settings: Any):
    heard.alarm.call("Look")
    assert (heard.sounds, heard.notes) == (1, ["Look"])
    settings.setValue(SOUND, False)
    settings.setValue(NOTIFY, False)
    heard.alarm.call("Look")
    assert (heard.sounds, heard.notes) == (1, ["Look"])


def test_quiet_hours_are_for_the_sound_only(heard: Heard, settings: Any):
    settings.setValue(QUIET_FROM, "11:00")
    settings.setValue(QUIET_UNTIL, "13:00")
    heard.alarm.call("Look")
    assert (heard.sounds, heard.notes) == (0, ["Look"])


def test_nobody_who_looks_at_the_window_is_notified(heard: Heard, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(heard.alarm._window, "isActiveWindow", lambda: True)
    heard.alarm.call("Look")
    assert (heard.sounds, heard.notes) == (1, [])


def test_each_new_alert_calls_once_and_an_old_run_never(qtbot: Any, heard: Heard):
    alerts = AlertsProjection()
    line = AlertLine(heard.alarm)
    qtbot.addWidget(line)
    line.follow(alerts, live=True)
    alerts.apply(ev.AlertRaised(alert="a", text="A"))
    for _ in range(3):
        line.refresh()
    assert heard.notes == ["A"]
    alerts.apply(ev.AlertRaised(alert="b", text="B", severity="error"))
    alerts.apply(ev.AlertRaised(alert="c", text="C", severity="notice"))
    line.refresh()
    assert heard.notes == ["A", "B (and 2 more)"]
    alerts.apply(ev.AlertCleared(alert="b"))
    line.refresh()
    assert heard.sounds == 2
    line.follow(alerts, live=False)
    line.refresh()
    assert line.isVisibleTo(line.parentWidget())
    assert heard.sounds == 2


def test_the_sound_is_a_short_wav(tmp_path: Any):
    write_sound(tmp_path / "alert.wav")
    with wave.open(str(tmp_path / "alert.wav")) as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(sum(seconds for _, seconds in TONES), abs=0.01)
