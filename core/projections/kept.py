"""Where the events are that somebody may want to see again: the evidence behind a point, a person's story.

Owns the plain way, in memory, for few of them. A run's own is its log (`core/runlog/logged_events.py`): what stands
there is not kept a second time. Must not know what the events are for.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.events import Event


class KeptEvents:
    """`keep(event)` gives the place of an event that is being folded, `get(place)` the event; places only grow.

    `place` is where the event that is being folded was found, if it was anywhere; `keep_all` keeps those that are
    folded next, one after the other, and gives the place of the first.
    """

    def __init__(self) -> None:
        self.place = -1
        self._events: list[Event] = []

    def __repr__(self) -> str:
        return "kept events"

    def keep_all(self, events: Sequence[Event]) -> int:
        """Where the first of these is found again."""
        self._events.extend(events)
        return len(self._events) - len(events)

    def keep(self, event: Event) -> int:
        """Where this event, the newest, is found again; asked twice, the same place."""
        if self.place >= 0:
            return self.place
        if not self._events or self._events[-1] is not event:
            self._events.append(event)
        return len(self._events) - 1

    def get(self, place: int) -> Event | None:
        """The event there; None if it cannot be read any more."""
        return self._events[place]
