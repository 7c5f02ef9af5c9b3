"""Events as far as a comparison's figures come from them: of each type the fields that fold.py and run_columns.py read.

Owns decoding blocks of lines that way, in two thirds of the time that all of their fields take. What is left out is not
checked either: where a field of no account has a wrong value, its event counts all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import GenericAlias
from typing import Any, Final, Union

import msgspec

from core import events as ev
from core.runlog.lines import whole_block

_WHOLE: Final = (ev.RunStarted, ev.RunEnded, ev.ThresholdChanged)  # a handful in a log
_PROBE: Final = ("probe_session_id", "subject_a", "subject_b")
_READ: Final[Mapping[type[ev.Event], tuple[str, ...]]] = {
    ev.ParticipantJoined: ("subject_id", "simulated"),
    ev.ParticipantLeft: ("subject_id", "reason"),
    ev.ParticipantFinished: ("subject_id",),
    ev.SceneEntered: ("subject_id",),
    ev.ServerRttMeasured: ("subject_id", "sample_ms"),
    ev.WaitroomEntered: ("subject_id", "scene_id"),
    ev.WaitroomLeft: ("subject_id", "scene_id", "reason", "waited_s"),
    ev.MatchProposed: ("group_id", "subjects"),
    ev.ProbeStarted: _PROBE,
    ev.ProbeCompleted: (*_PROBE, "rtt_ms", "accepted", "loss", "prepare_s", "connect_s", "measure_s"),
    ev.ProbeFailed: (*_PROBE, "reason", "prepare_s", "connect_s", "measure_s"),
    ev.MatchRejected: ("group_id", "subjects"),
    ev.MatchFormed: ("game_id", "group_id", "participants"),
    ev.GameStarted: ("game_id", "subjects"),
    ev.GameEnded: ("game_id", "reason"),
}


class _Counted(msgspec.Struct, tag_field="event_type", kw_only=True, gc=False):
    """What is read of every event."""

    elapsed_s: float = 0.0


def _counted(kind: type[ev.Event]) -> type[Any]:
    """A type that is called the same in logs, with no other fields than those."""
    read = _READ.get(kind, ())
    fields = [field for field in msgspec.structs.fields(kind) if field.name in read] if read else []
    return msgspec.defstruct(
        kind.__name__,
        [(field.name, field.type) if field.required else (field.name, field.type, field.default) for field in fields],
        bases=(_Counted,),
        tag=kind.__struct_config__.tag,
        kw_only=True,
        gc=False,
    )


COUNTED_AS: Final[Mapping[type[ev.Event], type[Any]]] = {
    kind: kind if kind in _WHOLE else _counted(kind) for kind in ev.EVENT_TYPES.values()
}
_decoder: Final[msgspec.json.Decoder[list[ev.Event]]] = msgspec.json.Decoder(
    GenericAlias(list, Union[tuple(COUNTED_AS.values())])  # noqa: UP007
)


def decode_counted(block: bytes) -> list[ev.Event] | None:
    """As `decode_block`, with types of COUNTED_AS in the place of events."""
    return whole_block(_decoder, block)
