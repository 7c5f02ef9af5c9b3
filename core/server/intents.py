"""What an operator's console may ask for: the intents, their fields, and which part of the engine answers each.

Owns these shapes. Must not answer: console.py does, with the number of the event an intent became.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec

from core import events as ev
from core.server.engine import Engine
from core.server.wire import Refused

Reason = Annotated[str, msgspec.Meta(max_length=500)]


class Intent(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What all have in common."""

    reason: Reason = ""


class StartRun(Intent):
    """Make a run directory and open the doors."""


class ResumeRun(Intent):
    """Go on with a run of the logs folder whose engine was ended in the midst of it."""

    run_id: str


class EndRun(Intent):
    """`drain`: let games finish; `now`: end everything."""

    mode: str = "drain"


class SetThreshold(Intent):
    """Milliseconds from 1 to 60,000, or null for no limit."""

    max_p2p_rtt_ms: int | None


class SetIntake(Intent):
    """Open or close the doors."""

    open: bool


class PauseMatching(Intent):
    """Form no groups for now, or take it up again."""

    paused: bool = True


class RemoveParticipant(Intent):
    """Send somebody away."""

    subject_id: str


class MessageParticipant(Intent):
    """Show a text to one, or (null) to everybody."""

    text: str
    subject_id: str | None = None


class ExcludeParticipant(Intent):
    """Keep somebody out of matching, or take them in again."""

    subject_id: str
    excluded: bool = True


class ForceMatch(Intent):
    """Let these waiting people play now."""

    subject_ids: list[str]


class EndGame(Intent):
    """End one game."""

    game_id: str


class SendToScene(Intent):
    """Let somebody go on from another scene."""

    subject_id: str
    scene_id: str


class ExtendWaiting(Intent):
    """Let one, or (null) everybody who waits, wait so many seconds longer."""

    by_s: float
    subject_id: str | None = None


class AddNote(Intent):
    """Keep a sentence in the log."""

    text: str


class AcknowledgeAlert(Intent):
    """An open alert has been seen."""

    alert: str


class ShutDown(Intent):
    """Stop the engine's process; refused while a run is on."""


INTENTS: Final[dict[str, type[Intent]]] = {
    "start_run": StartRun,
    "resume_run": ResumeRun,
    "end_run": EndRun,
    "set_threshold": SetThreshold,
    "set_intake": SetIntake,
    "pause_matching": PauseMatching,
    "remove_participant": RemoveParticipant,
    "message_participant": MessageParticipant,
    "exclude_participant": ExcludeParticipant,
    "force_match": ForceMatch,
    "end_game": EndGame,
    "send_to_scene": SendToScene,
    "extend_waiting": ExtendWaiting,
    "add_note": AddNote,
    "acknowledge_alert": AcknowledgeAlert,
    "shut_down": ShutDown,
}


def _end_run(engine: Engine, intent: Any, by: str) -> ev.Event:
    if intent.mode == "drain":
        return engine.drain(by=by, reason=intent.reason)
    if intent.mode == "now":
        return engine.end_now("ended_now", by=by)
    raise Refused(f"end_run: mode must be drain or now, not {intent.mode[:20]!r}")


def _set_threshold(engine: Engine, intent: Any, by: str) -> ev.Event:
    value = intent.max_p2p_rtt_ms
    if value is not None and not 1 <= value <= 60_000:
        raise Refused(f"max_p2p_rtt_ms must be from 1 to 60000 ms, or null for no limit, not {value}")
    return engine.set_threshold(value, by=by, reason=intent.reason)


def _by_operator(name: str, *fields: str) -> Callable[[Engine, Any, str], ev.Event]:
    """The operator's method of this name, given these fields of the intent."""

    def answer(engine: Engine, intent: Any, by: str) -> ev.Event:
        method: Callable[..., ev.Event] = getattr(engine.operator, name)
        return method(*(getattr(intent, field) for field in fields), by=by, reason=intent.reason)

    return answer


ANSWERS: Final[dict[str, Callable[[Engine, Any, str], ev.Event]]] = {
    "end_run": _end_run,
    "set_threshold": _set_threshold,
    "set_intake": lambda e, i, by: e.set_intake(i.open, by=by, reason=i.reason),
    "pause_matching": lambda e, i, by: e.pause_matching(i.paused, by=by, reason=i.reason),
    "remove_participant": _by_operator("remove_participant", "subject_id"),
    "message_participant": _by_operator("message_participant", "subject_id", "text"),
    "exclude_participant": _by_operator("exclude_participant", "subject_id", "excluded"),
    "force_match": _by_operator("force_match", "subject_ids"),
    "end_game": _by_operator("end_game", "game_id"),
    "send_to_scene": _by_operator("send_to_scene", "subject_id", "scene_id"),
    "extend_waiting": _by_operator("extend_waiting", "subject_id", "by_s"),
    "add_note": _by_operator("add_note", "text"),
    "acknowledge_alert": _by_operator("acknowledge_alert", "alert"),
}
