"""One participant's story in words: a line for each moment, and what is known of it beneath.

Owns this wording, which speaks of the one person whose story it is. Plain text, safe beside anything. Must not hold
state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from core import events as ev
from core.projections import evidence, words
from core.projections.activity_words import Severity
from core.projections.story import Moment


class StoryLine(msgspec.Struct, frozen=True):
    """One moment; `detail` is everything else that is known of it, several lines, empty if there is nothing."""

    seq: int
    elapsed_s: float
    severity: Severity
    text: str
    detail: str = ""
    subjects: tuple[str, ...] = ()  # as a feed's entries have it; here it is always about the same one


_Told = tuple[Severity, str, str]


def tell(moment: Moment, subject_id: str) -> StoryLine:
    """A moment of this person's story."""
    event = moment.event
    word = _WORDS.get(type(event))
    severity, text, detail = word(event, subject_id) if word is not None else ("info", type(event).__name__, "")
    if moment.count:
        text += f"; {moment.count} {'record' if moment.count == 1 else 'records'} handed in"
    return StoryLine(event.seq, event.elapsed_s, severity, text, detail)


def _joined(event: ev.ParticipantJoined, _: str) -> _Told:
    return "info", "Joined" + (" (simulated)" if event.simulated else ""), words.plain(event.user_agent)


def _disconnected(event: ev.ParticipantDisconnected, _: str) -> _Told:
    if event.grace_s <= 0:
        return "info", "Closed the page", words.plain(event.reason)
    return "warning", f"Lost the connection; place kept for {event.grace_s:.0f} s", words.plain(event.reason)


def _reconnected(event: ev.ParticipantReconnected, _: str) -> _Told:
    text = "Opened a second tab, which replaced the first" if event.replaced else f"Back after {event.away_s:.0f} s"
    return "info", text, ""


def _left(event: ev.ParticipantLeft, _: str) -> _Told:
    text = words.sentence(words.LEFT_REASONS.get(event.reason, event.reason))
    code = f"completion code {words.plain(event.completion_code, 100)}" if event.completion_code else ""
    return "info" if event.reason == "run_ended" else "warning", f"{text}{_by(event.by)}{_why(event.text)}", code


def _finished(event: ev.ParticipantFinished, _: str) -> _Told:
    code = f"completion code {words.plain(event.completion_code, 100)}" if event.completion_code else ""
    return "good", "Finished", code


def _scene(event: ev.SceneEntered, _: str) -> _Told:
    return "info", f"Came to {words.name(event.scene_id)}", ""


def _page(event: ev.PageCompleted, _: str) -> _Told:
    return "info", f"Done with {words.name(event.scene_id)}", words.plain(str(event.data), 500) if event.data else ""


def _visibility(event: ev.VisibilityChanged, _: str) -> _Told:
    return (
        ("notice", "Put the tab into the background", "") if event.hidden else ("info", "Looks at the page again", "")
    )


def _liveness(event: ev.LivenessChanged, _: str) -> _Told:
    return ("warning", "Page does not answer", "") if event.silent else ("info", "Page answers again", "")


def _waits(event: ev.WaitroomEntered, _: str) -> _Told:
    limit = "" if event.wait_s is None else f", for {words.clock_text(event.wait_s)} at most"
    wanted = f"Earlier partners may still come: {words.names(event.partners_wanted)}" if event.partners_wanted else ""
    return "info", f"Waits for {words.name(event.scene_id)}{limit}", wanted


def _waited(event: ev.WaitroomLeft, _: str) -> _Told:
    why = {
        "matched": "then was matched", "sent": "then was sent on", "wait_timeout": "as long as is allowed",
        "removed": "then was removed", "left": "then left", "run_ended": "then the run ended",
    }.get(event.reason, "then was given up")  # fmt: skip
    return "info", f"Waited {words.clock_text(event.waited_s)}, {why}", ""


def _extended(event: ev.WaitingExtended, _: str) -> _Told:
    return "notice", f"May wait {words.clock_text(event.by_s)} longer{_by(event.by)}{_why(event.reason)}", ""


def _excluded(event: ev.ParticipantExcluded, _: str) -> _Told:
    done = "Kept out of matching" if event.excluded else "In matching again"
    return "notice", f"{done}{_by(event.by)}{_why(event.reason)}", ""


def _server_rtt(event: ev.ServerRttMeasured, _: str) -> _Told:
    return "info", f"Server RTT {words.ms(event.rtt_ms)}", ""


def _measured(event: ev.ProbeCompleted, subject_id: str) -> _Told:
    partner = words.others([event.subject_a, event.subject_b], subject_id)
    limit = f"limit {words.limit_text(event.max_p2p_rtt_ms)}"
    verdict = "fast enough" if event.accepted else "too slow"
    text = f"Measured with {partner}: {words.ms(event.rtt_ms)}, {verdict} ({limit})"
    return "good" if event.accepted else "warning", text, evidence.describe(event)


def _unmeasured(event: ev.ProbeFailed, subject_id: str) -> _Told:
    partner = words.others([event.subject_a, event.subject_b], subject_id)
    again = "; tried once more" if event.will_retry else ""
    reason = words.PROBE_FAILURES.get(event.reason, event.reason)
    return "warning", f"Not measured with {partner}: {reason}{again}", evidence.describe(event)


def _rejected(event: ev.MatchRejected, subject_id: str) -> _Told:
    rest_s = event.rests_s.get(subject_id)
    rest = f"; sits out for {rest_s:.0f} s" if rest_s is not None else ""
    partners = words.others(event.subjects, subject_id)
    return "warning", f"Not matched with {partners}: {words.rejection(event, subject_id)}{rest}", ""


def _matched(event: ev.MatchFormed, subject_id: str) -> _Told:
    partners = words.others([participant.subject_id for participant in event.participants], subject_id)
    how = "put together by the operator" if event.forced else words.name(event.matchmaker_class)
    measured = "not measured" if event.p2p_rtt_ms is None else f"worst pair {words.ms(event.p2p_rtt_ms)}"
    detail = f"{words.name(event.game_id)}, {how}; {measured}, limit {words.limit_text(event.max_p2p_rtt_ms)}"
    return "good", f"Matched with {partners}" + (", by the operator" if event.forced else ""), detail


def _played(event: ev.GameEnded, subject_id: str) -> _Told:
    how = words.GAME_ENDS.get(event.reason, event.reason)
    partners = words.others(event.subjects, subject_id)
    text = f"Game with {partners} {how}{_by(event.by)} after {words.clock_text(event.duration_s)}"
    return "info" if event.reason in ("finished", "deadline") else "warning", text, words.name(event.game_id)


def _operator(event: ev.OperatorActed, subject_id: str) -> _Told:
    others = [other for other in event.subjects if other != subject_id]
    said = words.plain(event.text)
    done = {
        "message_participant": f"Told “{said}”" + (" (everybody was)" if others else ""),
        "remove_participant": "Removed", "end_game": "Game ended",
        "force_match": f"Put together with {words.names(others)}", "send_to_scene": f"Sent to {said}",
    }.get(event.action, words.sentence(words.plain(event.action.replace("_", " "), words.NAME_LIMIT)))  # fmt: skip
    return "notice", f"{done}{_by(event.by)}{_why(event.reason)}", ""


def _refused(event: ev.ClientMessageRefused, _: str) -> _Told:
    return "warning", f"Message “{words.plain(event.message, words.NAME_LIMIT)}” refused", words.plain(event.error)


def _by(who: str) -> str:
    return f" by {words.name(who)}" if who else ""


def _why(reason: str) -> str:
    return f" – {words.plain(reason)}" if reason else ""


_WORDS: Final[dict[type[ev.Event], Callable[[Any, str], _Told]]] = {
    ev.ParticipantJoined: _joined, ev.ParticipantDisconnected: _disconnected, ev.ParticipantReconnected: _reconnected,
    ev.ParticipantLeft: _left, ev.ParticipantFinished: _finished, ev.SceneEntered: _scene, ev.PageCompleted: _page,
    ev.VisibilityChanged: _visibility, ev.LivenessChanged: _liveness, ev.WaitroomEntered: _waits,
    ev.WaitroomLeft: _waited, ev.WaitingExtended: _extended, ev.ParticipantExcluded: _excluded,
    ev.ServerRttMeasured: _server_rtt, ev.ProbeCompleted: _measured, ev.ProbeFailed: _unmeasured,
    ev.MatchRejected: _rejected, ev.MatchFormed: _matched, ev.GameEnded: _played, ev.OperatorActed: _operator,
    ev.ClientMessageRefused: _refused,
}  # fmt: skip
