"""A completed probe as the tables have it: all but the answers themselves, which are half of a log's bytes.

Owns decoding blocks of lines that way. Must not leave out anything else: every other event, and every other field of
this one, is checked and kept as `core.runlog.lines` does.
"""

from __future__ import annotations

from types import GenericAlias
from typing import TYPE_CHECKING, Any, Final, Union

import msgspec

from core.events import EVENT_TYPES, Event, ProbeCompleted
from core.runlog.lines import whole_block

_LEFT_OUT: Final = "peers"


def _fields() -> list[Any]:
    """Those of ProbeCompleted that `Event` does not have, as `defstruct` takes them."""
    own = (field for field in msgspec.structs.fields(ProbeCompleted) if field.name not in Event.__struct_fields__)
    return [
        (field.name, field.type) if field.required else (field.name, field.type, field.default)
        for field in own
        if field.name != _LEFT_OUT
    ]


if TYPE_CHECKING:
    MeasuredProbe = ProbeCompleted
else:
    MeasuredProbe = msgspec.defstruct(
        "MeasuredProbe", _fields(), bases=(Event,), tag="probe_completed", kw_only=True, gc=False
    )

_TYPES: Final = tuple(MeasuredProbe if kind is ProbeCompleted else kind for kind in EVENT_TYPES.values())
_decoder: Final[msgspec.json.Decoder[list[Event]]] = msgspec.json.Decoder(GenericAlias(list, Union[_TYPES]))  # noqa: UP007


def decode_without_answers(block: bytes) -> list[Event] | None:
    """As `decode_block`, with a MeasuredProbe for each completed probe."""
    return whole_block(_decoder, block)
