"""Logs of every schema version that ever shipped open for ever: one small step from each version to the next.

Owns those steps, on raw dicts. Must not be edited once shipped: a new version adds a step, and a real file of the old
version to `tests/runlog/logs/v{n}/`.

A field added with a default needs no step and no new version; renaming, removing or giving a new meaning does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.events import SCHEMA_VERSION

Step = Callable[[dict[str, Any]], dict[str, Any]]

STEPS: dict[int, Step] = {}
"""Version n → what turns an event of version n into one of version n + 1. Empty while version 1 is the only one."""


def upgrade(
    event: dict[str, Any], version: int, *, steps: Mapping[int, Step] = STEPS, current: int = SCHEMA_VERSION
) -> dict[str, Any]:
    """The event as `current` would have written it. A version newer than `current` comes back as it is."""
    for step_from in range(version, current):
        event = steps[step_from](event)
    return event
