"""The lines of a log and the answers in its probes as rows, one after the other.

Owns what of an event becomes which column. Must not read files, nor keep a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from core import events as ev
from core.analysis.tables.rows import EventRow, SampleRow

_SINGLE = ("subject_id", "subject_a", "subject_b")
_SEVERAL = ("subjects", "worst", "silent", "partners_wanted", "rests_s")
_MEMBERS = ("participants", "peers")
_NAMING = (*_SINGLE, *_SEVERAL, *_MEMBERS)

_encoder = msgspec.json.Encoder()


Lines = Iterable[tuple[ev.Event, bytes]]


def event_rows(lines: Lines, run_id: str) -> Iterator[EventRow]:
    """Every event of a log."""
    return (event_row(event, line, run_id) for event, line in lines)


def event_row(event: ev.Event, line: bytes, run_id: str) -> EventRow:
    """One event and the line it stands in."""
    return EventRow(
        run_id=run_id,
        seq=event.seq,
        timestamp=event.timestamp,
        elapsed_s=event.elapsed_s,
        event_type=type_of(event),
        subjects=subjects_of(event),
        scene_id=getattr(event, "scene_id", ""),
        game_id=getattr(event, "game_id", ""),
        data=_data_of(event),
        json=line.decode(errors="replace"),
    )


def sample_rows(lines: Lines, run_id: str) -> Iterator[SampleRow]:
    """Every answer of every finished probe of a log."""
    for event, _ in lines:
        if isinstance(event, ev.ProbeCompleted | ev.ProbeFailed):
            yield from samples_of(event, run_id)


def samples_of(event: ev.ProbeCompleted | ev.ProbeFailed, run_id: str) -> Iterator[SampleRow]:
    """The answers that the two pages of one probe got."""
    for peer in event.peers:
        other = event.subject_b if peer.subject_id == event.subject_a else event.subject_a
        for number, rtt_ms in enumerate(peer.samples_ms, start=1):
            yield SampleRow(
                run_id=run_id,
                probe_session_id=event.probe_session_id,
                attempt=event.attempt,
                subject_id=peer.subject_id,
                peer_id=other,
                sample=number,
                rtt_ms=rtt_ms,
                ended_s=event.elapsed_s,
            )


def type_of(event: ev.Event) -> str:
    """The event's name as it stands in the log."""
    return event.name if isinstance(event, ev.UnknownEvent) else str(event.__struct_config__.tag)


def subjects_of(event: ev.Event) -> list[str]:
    """Everybody an event names, each once, in the order in which it names them."""
    found: dict[str, None] = {}
    for name in _naming_fields(type(event)):
        found.update(dict.fromkeys(_names_in(name, getattr(event, name))))
    return list(found)


def _names_in(field: str, value: Any) -> Iterable[str]:
    if value is None or isinstance(value, bool):  # whether a page is silent, where others say who was
        return ()
    if field in _SINGLE:
        return (value,)
    if field in _MEMBERS:
        return (member.subject_id for member in value)
    return value  # type: ignore[no-any-return]  # a list of ids, or a dict with ids for keys


def _data_of(event: ev.Event) -> str:
    """What a participant's page or game sent, as JSON; "" for an event that holds no such thing."""
    if isinstance(event, ev.PageCompleted | ev.GameData):
        return _encoder.encode(event.data).decode()
    return ""


_FIELDS: dict[type[ev.Event], tuple[str, ...]] = {}


def _naming_fields(kind: type[ev.Event]) -> tuple[str, ...]:
    known = _FIELDS.get(kind)
    if known is None:
        known = _FIELDS[kind] = tuple(name for name in kind.__struct_fields__ if name in _NAMING)
    return known
