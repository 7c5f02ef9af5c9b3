"""Blocks of a log's lines decoded at once into what a list of runs counts, and nothing else.

Owns which types of events are counted, and which of their fields. Must not count them, nor judge a block that is not as
the engine writes it: whoever gave it reads that line by line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final, Union

import msgspec

from core import events as ev


class Line(msgspec.Struct, tag_field="event_type", gc=False):
    """What is counted of any line; what a line does not have stays as here."""

    elapsed_s: float = 0.0


class Probe(Line, tag="probe_completed", gc=False):
    """A measurement; None where the line does not say, which makes it no event."""

    rtt_ms: float | None = None
    accepted: bool | None = None


class Left(Line, tag="waitroom_left", gc=False):
    """A stay that ended."""

    reason: str = ""
    waited_s: float = 0.0


class Joined(Line, tag="participant_joined", gc=False):
    """Somebody new."""

    simulated: bool = False


class _LineOfAnyType(msgspec.Struct, gc=False):
    """The same for a block that holds types this program does not know: fields are looked for in every line."""

    event_type: str
    elapsed_s: float = 0.0
    rtt_ms: float | None = None
    accepted: bool | None = None
    reason: str = ""
    waited_s: float = 0.0
    simulated: bool = False


_WITH_FIGURES: Final = {str(one.__struct_config__.tag): one for one in (Probe, Left, Joined)}
TYPES: Final[dict[str, type[Any]]] = {
    tag: _WITH_FIGURES.get(tag) or msgspec.defstruct(tag, (), bases=(Line,), tag=tag, gc=False)
    for tag in ev.EVENT_TYPES
}
RARE: Final = frozenset(TYPES[tag] for tag in ("run_started", "run_ended", "threshold_changed"))
_COUNTED: Final = RARE | {Probe, Left, Joined, TYPES["match_formed"], TYPES["probe_failed"]}
_decoder: Final[msgspec.json.Decoder[Line]] = msgspec.json.Decoder(Union[tuple(TYPES.values())])  # noqa: UP007
_decoder_of_any_type: Final = msgspec.json.Decoder(_LineOfAnyType)


def decoded_lines(block: bytes) -> list[Any] | None:
    """Of each JSON object of a block what is counted; None if the block holds anything else."""
    try:
        if not block.isascii():
            block.decode()  # text that is not counted is stepped over unread
        return _decoded_as_known(block) or list(map(_typed, _decoder_of_any_type.decode_lines(block)))
    except (ValueError, RecursionError):
        return None


def _decoded_as_known(block: bytes) -> list[Line] | None:
    """As above, in two thirds of the time; None if a line is of another type, too."""
    try:
        return _decoder.decode_lines(block)
    except (ValueError, RecursionError):
        return None


def _typed(line: _LineOfAnyType) -> Line | _LineOfAnyType:
    kind = TYPES.get(line.event_type)
    return line if kind is None else msgspec.convert(line, kind, from_attributes=True)


def by_kind(lines: list[Any]) -> dict[type[Any], list[Any]]:
    """Those that are counted, in order."""
    found: defaultdict[type[Any], list[Any]] = defaultdict(list)
    for line in lines:
        kind = type(line)
        if kind in _COUNTED:
            found[kind].append(line)
    return found


def whole_lines(some: Iterable[Line], decoded: list[Any], block: bytes) -> list[bytes]:
    """The bytes of some lines of a block, in order."""
    places = sorted(_place_of(line, decoded) for line in some)
    return [_line_at(place, len(decoded), block) for place in places]


def _place_of(line: Line, decoded: list[Line]) -> int:
    """Where it stands. What is rare stands at an end in most logs, so both ends are looked at in turns."""
    last = len(decoded) - 1
    return next(at for place in range(last + 1) for at in (place, last - place) if decoded[at] is line)


def _line_at(place: int, of: int, block: bytes) -> bytes:
    """One of so many lines, from whichever end is nearer."""
    if 2 * place < of:
        return block.split(b"\n", place + 1)[place]
    return block.rsplit(b"\n", of - place + 1)[1]
