"""What the panels' tests share: a themed application, a window on temporary settings, panels on stories."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QSettings

from core.projections.shown import ShownRun
from tests.leftovers import closed_windows_are_gone, no_garbage_is_left
from tests.projections.stories import Story
from widgets.main_window import MainWindow

__all__ = ["closed_windows_are_gone", "no_garbage_is_left"]


@pytest.fixture
def settings(tmp_path) -> QSettings:
    return QSettings(str(tmp_path / "console.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def window(qtbot, qapp, settings) -> MainWindow:
    """On its start page, painted, with the slow parts in, and silent."""
    settings.setValue("alerts/sound", False)
    window = MainWindow(qapp, settings)
    qtbot.addWidget(window, before_close_func=lambda window: window.close_now())
    window.show_experiment("quick_start", "Meet in the middle", "quick_start · groups of 2 · RTT limit 150 ms")
    window.show_empty()
    with qtbot.waitSignal(window.first_painted):
        window.show()
    return window


@pytest.fixture
def folded() -> Callable[[Story], ShownRun]:
    def fold(story: Story) -> ShownRun:
        shown = ShownRun()
        shown.replay(story.events)
        return shown

    return fold
