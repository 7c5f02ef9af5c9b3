"""Who is named in events, of many at once.

Owns which fields name people. Must not know what is kept of them.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from itertools import chain, compress
from operator import attrgetter
from typing import Any, Final

from core import events as ev


def _with(field: str) -> frozenset[type[ev.Event]]:
    return frozenset(kind for kind in ev.EVENT_TYPES.values() if field in kind.__struct_fields__)


_ONE: Final = _with("subject_id")
_TWO: Final = _with("subject_a")
_SEVERAL: Final = _with("subjects")
_MATCHED: Final = _with("participants")


def named_in(events: Sequence[ev.Event]) -> dict[str, None]:
    """Each once. Event by event this would take as long as a fold."""
    kinds = list(map(type, events))

    def each(field: str, wanted: Container[type[ev.Event]]) -> Iterator[Any]:
        return map(attrgetter(field), compress(events, map(wanted.__contains__, kinds)))

    names: dict[str, None] = dict.fromkeys(each("subject_id", _ONE))
    for field in ("subject_a", "subject_b"):
        names.update(dict.fromkeys(each(field, _TWO)))
    names.update(dict.fromkeys(chain.from_iterable(each("subjects", _SEVERAL))))
    names.update(dict.fromkeys(chain.from_iterable(each("rests_s", (ev.MatchRejected,)))))
    for field, wanted in (("participants", _MATCHED), ("peers", (ev.ProbeFailed,))):
        members = chain.from_iterable(each(field, wanted))
        names.update(dict.fromkeys(map(attrgetter("subject_id"), members)))
    return names
