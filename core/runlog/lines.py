"""One event, one line: how an event becomes JSON and how a line becomes an event again.

Owns the codec and the promise that what is written reads back the same. Must not open files.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import GenericAlias
from typing import Any, Union

import msgspec

from core.events import EVENT_TYPES, Event, UnknownEvent

RESERVED_KEYS = ("event_type", "seq", "timestamp", "elapsed_s")
# Ends of lines to some readers (Python's `splitlines` among them), which JSON may hold as they are.
_LINE_ENDS = ((b"\xc2\x85", rb"\u0085"), (b"\xe2\x80\xa8", rb"\u2028"), (b"\xe2\x80\xa9", rb"\u2029"))

_encoder = msgspec.json.Encoder()
_any_event: Any = Union[tuple(EVENT_TYPES.values())]  # noqa: UP007
_event_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(_any_event)
_block_decoder: msgspec.json.Decoder[list[Event]] = msgspec.json.Decoder(GenericAlias(list, _any_event))
_any_decoder = msgspec.json.Decoder()


class LineHeader(msgspec.Struct):
    """What every line carries, whatever its type: enough to count, to order and to find by time."""

    event_type: str
    seq: int = 0
    timestamp: float = 0.0
    elapsed_s: float = 0.0


_header_decoder = msgspec.json.Decoder(LineHeader)


class NotJsonError(TypeError, ValueError):
    """A value would not read back from the log as it was given. The message names its key. Nothing was written."""


class BrokenLineError(ValueError):
    """A line that is no event. The message says what is wrong with it, without its content."""


def encode_event(event: Event) -> bytes:
    """The event's line, newline included. Raises NotJsonError if it would not read back as it is."""
    try:
        line = _encoder.encode(event)
        if _event_decoder.decode(line) == event:
            return as_line(line)
    except msgspec.MsgspecError as error:
        raise NotJsonError(f"{_tag_of(event)} would not read back from the log: {error}. {_FIX}") from error
    except (TypeError, ValueError, RecursionError) as error:
        raise _not_json(_tag_of(event), _fields_of(event), error) from error
    return _line_if_harmless(line, _tag_of(event), _fields_of(event))


def encode_dict(event_type: str, stamps: dict[str, Any], data: Mapping[str, Any]) -> bytes:
    """The line of an event given as a dict: `event_type`, the stamps, then the dict's keys, all at top level."""
    for key in data:
        if key in RESERVED_KEYS and not (key == "event_type" and data[key] == event_type):
            raise NotJsonError(f"{event_type}: the key {key!r} is the log's own; give yours another name.")
    whole = {"event_type": event_type, **stamps, **data}
    try:
        line = _encoder.encode(whole)
        if _any_decoder.decode(line) == whole:
            return as_line(line)
    except (TypeError, ValueError, RecursionError) as error:
        raise _not_json(event_type, data, error) from error
    return _line_if_harmless(line, event_type, data)


def as_line(encoded: bytes) -> bytes:
    """A JSON value as a line, newline included, that is one line to everybody."""
    if not encoded.isascii():
        for raw, escaped in _LINE_ENDS:
            encoded = encoded.replace(raw, escaped)
    return encoded + b"\n"


def decode_header(line: bytes) -> LineHeader:
    """The header of a line. Raises BrokenLineError."""
    try:
        return _header_decoder.decode(line)
    except (ValueError, RecursionError) as error:
        raise BrokenLineError(_in_words(error)) from error


def decode_event(line: bytes) -> Event:
    """The typed event of a line; a type this program does not know becomes UnknownEvent. Raises BrokenLineError."""
    try:
        return _event_decoder.decode(line)
    except (ValueError, RecursionError) as error:
        return _unknown_event(decode_header(line), error)


def decode_block(block: bytes, line_count: int | None = None) -> list[Event] | None:
    """The events of whole lines, at half the price of one by one; None if any of them needs a closer look: it is empty,
    broken, or of a type this program does not know. Whoever knows how many there are saves counting them.
    """
    return whole_block(_block_decoder, block, line_count)


def whole_block(
    decoder: msgspec.json.Decoder[list[Event]], block: bytes, line_count: int | None = None
) -> list[Event] | None:
    """As `decode_block`, with a decoder that makes other types of the lines.

    A comma at the end of each line: so none can be empty, nor hold two values or a part of one. Where that made one
    text of two lines, there are too few events.
    """
    parted = block.replace(b"\n", b",\n")
    try:
        events = decoder.decode(b"".join((b"[", memoryview(parted)[:-2], b"]")))
    except (ValueError, RecursionError):
        return None
    return events if len(events) == (len(parted) - len(block) if line_count is None else line_count) else None


def newlines_in(block: bytes) -> int:
    """How many there are: `count` looks at one byte after the other, and takes a fifth of what decoding them takes."""
    return len(block) - len(block.replace(b"\n", b""))


def decode_dict(line: bytes) -> dict[str, Any]:
    """The line as a plain dict. Raises BrokenLineError."""
    try:
        raw = _any_decoder.decode(line)
    except (ValueError, RecursionError) as error:
        raise BrokenLineError(_in_words(error)) from error
    if not isinstance(raw, dict):
        raise BrokenLineError("no JSON object")
    return raw


def event_from_dict(raw: dict[str, Any]) -> Event:
    """As `decode_event`, for a line that was decoded and upgraded already."""
    return decode_event(_encoder.encode(raw))


def _unknown_event(header: LineHeader, error: Exception) -> UnknownEvent:
    if header.event_type in EVENT_TYPES:
        raise BrokenLineError(f"{header.event_type}: {_in_words(error)}") from error
    return UnknownEvent(name=header.event_type, seq=header.seq, timestamp=header.timestamp, elapsed_s=header.elapsed_s)


def _in_words(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]


# --- naming the value that is no JSON ---------------------------------------------------------------------------------

_FIX = "Give text, numbers, true/false, None, lists and dicts only."


def _tag_of(event: Event) -> str:
    return str(event.__struct_config__.tag)


def _fields_of(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


def _line_if_harmless(line: bytes, event_type: str, data: Mapping[str, Any]) -> bytes:
    """A line that reads back differently is fine if only tuples became lists and whole-number keys became text."""
    problem = _find_problem(data, "")
    if problem is not None:
        raise NotJsonError(f"{event_type}: {problem}. {_FIX}")
    return as_line(line)


def _not_json(event_type: str, data: Mapping[str, Any], error: Exception) -> NotJsonError:
    try:
        problem = _find_problem(data, "")
    except RecursionError:
        problem = "it is nested too deeply"
    return NotJsonError(f"{event_type}: {problem or _in_words(error)}. {_FIX}")


def _find_problem(value: Any, where: str) -> str | None:
    """The first thing under `value` that JSON cannot hold, as "key: what"; None if there is none."""
    if value is None or isinstance(value, bool | int):
        return None if type(value) in (type(None), bool, int) else f"{where} is of type {type(value).__name__}"
    if type(value) is float:
        return None if math.isfinite(value) else f"{where} is {value}, which JSON cannot hold"
    if type(value) is str:
        return None if _is_unicode(value) else f"{where} holds text that is not valid Unicode"
    if isinstance(value, Mapping):
        return _problem_in_mapping(value, where)
    if isinstance(value, list | tuple):
        found = (_find_problem(item, f"{where}[{index}]") for index, item in enumerate(value))
        return next((problem for problem in found if problem is not None), None)
    if isinstance(value, msgspec.Struct):
        return _problem_in_mapping({name: getattr(value, name) for name in value.__struct_fields__}, where)
    return f"{where} is of type {type(value).__name__}"


def _problem_in_mapping(value: Mapping[Any, Any], where: str) -> str | None:
    for key, item in value.items():
        if type(key) not in (str, int):
            return f"{where or 'the data'} has the key {key!r} of type {type(key).__name__}; keys must be text"
        inside = f"{where}.{key}" if where else str(key)
        if type(key) is str and not _is_unicode(key):
            return f"{inside!a} is not valid Unicode"
        problem = _find_problem(item, inside)
        if problem is not None:
            return problem
    return None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
