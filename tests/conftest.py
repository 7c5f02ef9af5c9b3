"""What every test gets: a Qt that needs no display where there is none, and patience with it; the same drawn examples
every time; and how many processes share the whole suite.

Must not hold fixtures of one room; those live beside its tests.
"""

from __future__ import annotations

import os
import sys
from functools import partialmethod

import pytest
from hypothesis import HealthCheck, settings
from pytestqt.qtbot import QtBot

from tests.waiting import PATIENCE_S

if sys.platform not in ("win32", "darwin") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

for _wait in ("waitActive", "waitExposed", "waitSignal", "waitSignals", "waitUntil", "waitCallback"):
    # pytest-qt's own 5 s are over sooner than a machine may be slow.
    setattr(QtBot, _wait, partialmethod(getattr(QtBot, _wait), timeout=round(PATIENCE_S * 1000)))

# Hypothesis' own 200 ms for an example are over wherever the machine does something else meanwhile; and what is drawn
# anew each time fails in a run that changed nothing of it. `--hypothesis-profile=default` does.
settings.register_profile("same", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("same")

WORKERS = 2  # more would disturb each other: tests have processes of their own, browsers among them


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """The whole suite is shared; what was named is run here, so that nothing else runs beside what measures."""
    whole = config.args_source is not pytest.Config.ArgsSource.ARGS
    return min(WORKERS, os.cpu_count() or 1) if whole else 0
