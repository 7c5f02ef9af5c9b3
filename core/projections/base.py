"""What every projection is: a fold of events with a version that moves when there is something new to draw.

Owns the dispatch from an event to the method that folds it. Must not read files, know of live or recorded, or call
back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from core.events import EVENT_TYPES, Event


class Projection:
    """Answers one question about a run. A method `on_<event_type>(event)` folds that type; every other is ignored.

    `version` counts the events folded: a panel redraws when it differs from the one it drew last.
    """

    _folds: ClassVar[dict[type[Event], Callable[[Any, Any], None]]] = {}

    def __init__(self) -> None:
        self.version = 0

    def __init_subclass__(cls) -> None:
        """Collect the `on_…` methods once; a name that is no event type is an error at import, not a silent gap."""
        super().__init_subclass__()
        folds = dict(cls._folds)
        for name, method in vars(cls).items():
            if name.startswith("on_"):
                folds[EVENT_TYPES[name[3:]]] = method
        cls._folds = folds

    def takes(self, event_type: type[Event]) -> bool:
        """Whether an event of this type can change anything here."""
        return event_type in self._folds or type(self).apply is not Projection.apply

    def apply(self, event: Event) -> None:
        """Fold one event."""
        fold = self._folds.get(type(event))
        if fold is not None:
            fold(self, event)
            self.version += 1

    def replay(self, events: Iterable[Event]) -> None:
        """Fold many, in order."""
        for event in events:
            self.apply(event)
