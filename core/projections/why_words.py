"""An answer to "why not matched?" in words: in a line, in a sentence, step by step, and candidate by candidate.

Owns these words. Must not find anything out: all of it stands in the answer. Plain text, safe beside anything.
"""

from __future__ import annotations

from typing import Final

from core.projections import words
from core.projections.waitroom_rows import WaitroomRow
from core.projections.why_not import Answer, Candidate, Obstacle, Standing

IN_A_LINE: Final[dict[Standing, str]] = {
    "too_slow": "too slow", "unreachable": "unreachable", "cooling_down": "to be tried again", "in_probe": "in a probe",
    "resting": "sitting out", "too_far": "too far from the server", "played_before": "played before",
    "kept": "waiting for partners", "hidden": "tab hidden", "silent": "silent", "away": "away", "free": "free",
    "excluded": "kept out by the operator",
}  # fmt: skip
MAIN_REASONS: Final[dict[str, str]] = {
    "away": "the connection was lost",
    "probing": "was being measured",
    "excluded": "was kept out of matching",
    "silent": "the page did not answer",
    "hidden": "the tab was in the background",
    "no_webrtc": "the browser allows no WebRTC",
    "paused": "matching was paused",
    "partners": "earlier partners were waited for",
    "resting": "sat out after refusals",
    "alone": "nobody else was waiting",
    "free": "others were free; the matchmaker had not chosen",
    "too_slow": "too slow with most who waited",
    "unreachable": "could not reach most who waited",
    "cooling_down": "probes with most who waited had failed",
    "in_probe": "most who waited were being measured",
    "too_far": "too far from the server, together with most",
    "played_before": "had played with most who waited",
    "kept": "most who waited wanted earlier partners",
}
_IN_BRIEF: Final[dict[Standing, str]] = {
    **IN_A_LINE, "too_far": "too far away", "kept": "await partners", "excluded": "kept out",
}  # fmt: skip
_OBSTACLE_IN_BRIEF: Final[dict[Obstacle, str]] = {
    "away": "Connection lost", "probing": "Being measured", "excluded": "Kept out by operator",
    "silent": "Page not answering", "hidden": "Tab in background", "no_webrtc": "WebRTC unavailable",
    "paused": "Matching is paused", "partners": "Awaits partners", "resting": "Refused often",
}  # fmt: skip
_NOT_THERE: Final[dict[Standing, str]] = {
    "away": "connection lost", "hidden": "tab in the background", "silent": "page does not answer",
    "excluded": "kept out by the operator",
    "in_probe": "in a probe", "resting": "sits out after refusals", "kept": "waits for earlier partners",
    "played_before": "has played with them before", "too_far": "server RTTs add up to too much",
    "free": "free; not tried yet",
}  # fmt: skip


def line(answer: Answer) -> str:
    """For a table: what holds them up themselves, else how the others stand to them."""
    if answer.obstacle:
        return words.sentence(_obstacle(answer))
    if not answer.counts:
        return "Nobody else is waiting" + ("" if answer.doors_open else "; the doors are closed")
    parts = [f"{number} {IN_A_LINE[standing]}" for standing, number in answer.counts.items()]
    if answer.clash is not None:
        parts.insert(0, "no group without two who may not meet")
    elif answer.partners_needed > 1 and answer.counts.get("free", 0) < answer.partners_needed:
        parts.insert(0, f"{answer.partners_needed} needed")
    if answer.would_do_ms is not None:
        parts.insert(1, f"{answer.would_do_ms} ms would do")
    return " · ".join(parts)


def in_brief(answer: Answer) -> tuple[str, ...]:
    """`line` for less and less room: what tells most stays longest, and the last has some twenty characters at most."""
    if answer.obstacle:
        return _obstacle_in_brief(answer, answer.obstacle)
    if not answer.counts:
        return ("Nobody else waits",) if answer.doors_open else ("Alone, doors closed",)
    if answer.clash is not None:
        return ("Two may not meet",)
    free = answer.counts.get("free", 0)
    if answer.partners_needed > 1 and free < answer.partners_needed:
        return (f"{answer.partners_needed} needed · {free} free",)
    if answer.would_do_ms is not None and not free:
        would_do = f"{answer.would_do_ms} ms would do"
        return f"{answer.counts['too_slow']} too slow · {would_do}", would_do
    return _most_in_brief(answer.counts)


def sentences(answer: Answer) -> str:
    """In full: why, and what would change it."""
    told = [f"{words.sentence(_obstacle(answer))}."] if answer.obstacle else []
    if not answer.counts:
        told.append("Nobody else is waiting" + ("." if answer.doors_open else ", and the doors are closed."))
    elif not answer.obstacle:
        told.append(_about_the_others(answer))
    if answer.would_do is not None and answer.would_do_ms is not None and not answer.obstacle:
        partner = words.name(answer.would_do.subject_id)
        told.append(f"At a limit of {answer.would_do_ms} ms they could be matched with {partner}.")
    return " ".join(told)


def steps(answer: Answer) -> list[str]:
    """What happens next if nobody does anything, soonest first."""
    row, now_s = answer.row, answer.at_s
    ahead: list[tuple[float, str]] = []
    if answer.again is not None and answer.again.again_s is not None and not answer.obstacle:
        verb = "Measured again" if answer.again.standing == "too_slow" else "Tried again"
        ahead.append((answer.again.again_s, f"{verb} with {words.name(answer.again.subject_id)}"))
    if answer.obstacle == "partners":
        ahead.append((row.partners_until_s, "Others will do"))
    if answer.obstacle == "resting":
        ahead.append((row.presence.rests_until_s, "Tried again"))
    if row.state == "away":
        ahead.append((row.presence.keep_until_s, "Loses the place unless they are back"))
    if row.wait_until_s is not None:
        ahead.append((row.wait_until_s, _END_OF_WAIT.get(answer.no_partner, "The wait ends")))
    return [f"{what} {_when(at_s - now_s)}" for at_s, what in sorted(ahead)]


def candidate_text(candidate: Candidate, limit_ms: int | None) -> str:
    """Why these two are not together."""
    if candidate.standing == "too_slow":
        over = candidate.rtt_ms is not None and limit_ms is not None and candidate.rtt_ms > limit_ms
        return f"too slow (limit {words.limit_text(limit_ms)})" if over else "refused by the matchmaker"
    if candidate.standing == "unreachable":
        return "no direct connection came about"
    if candidate.standing == "cooling_down":
        return "one of them left the probe" if candidate.reason == "left" else "no answer in time"
    if candidate.standing == "free" and candidate.rtt_ms is not None:
        return "free; measured before"
    return _NOT_THERE[candidate.standing]


def again_text(candidate: Candidate, now_elapsed_s: float) -> str:
    """When the two may be tried again."""
    return "" if candidate.again_s is None else _when(candidate.again_s - now_elapsed_s)


def state_text(row: WaitroomRow, now_elapsed_s: float) -> str:
    """For a table: the state with the time that is left in it, or who is measured with whom."""
    if row.state == "probing":
        return f"probing with {words.names(row.probed_with)}"
    name = {"hidden": "tab hidden", "excluded": "kept out"}.get(row.state, row.state)
    deadline_s = row.deadline_s
    return name if deadline_s is None else f"{name} · {words.clock_text(deadline_s - now_elapsed_s)}"


def _obstacle(answer: Answer) -> str:
    row, presence = answer.row, answer.row.presence
    left_s = presence.keep_until_s - answer.at_s
    paused = f"matching is paused by {words.name(answer.paused_by)}" if answer.paused_by else "matching is paused"
    partners = f"waiting for {words.names(row.partners_wanted)}"
    rests = "did not answer in a probe, so sits out" if presence.rests_alone else "refused often, so newcomers go first"
    told: dict[Obstacle, str] = {
        "away": f"connection lost; place kept {words.clock_text(left_s)} more",
        "probing": f"being measured with {words.names(row.probed_with)}",
        "excluded": "kept out of matching by the operator; the place is kept",
        "silent": f"page has not answered since {words.clock_text(presence.silent_since_s)}",
        "hidden": "tab in the background; chosen once they look again",
        "no_webrtc": "the browser allows no WebRTC, so nobody can be reached",
        "paused": paused,
        "partners": f"{partners}; nobody else for {words.clock_text(row.partners_until_s - answer.at_s)}",
        "resting": f"{rests} for {words.clock_text(presence.rests_until_s - answer.at_s)}",
    }
    return told[answer.obstacle]


def _obstacle_in_brief(answer: Answer, obstacle: Obstacle) -> tuple[str, ...]:
    presence = answer.row.presence
    told = _OBSTACLE_IN_BRIEF[obstacle]
    if obstacle == "resting" and presence.rests_alone:
        told = "Missed a probe"
    until_s = {"resting": presence.rests_until_s, "partners": answer.row.partners_until_s}.get(obstacle)
    return (told,) if until_s is None else (f"{told} · {words.clock_text(until_s - answer.at_s)}", told)


def _most_in_brief(counts: dict[Standing, int]) -> tuple[str, ...]:
    """Those who may be tried, else how most of the others stand to them; the rest as a number if there is room."""
    standings = sorted(counts, key=lambda standing: (standing == "free", counts[standing]), reverse=True)
    told = [f"{counts[standing]} {_IN_BRIEF[standing]}" for standing in standings]
    forms = []
    for parts in (2, 1):
        rest = sum(counts[standing] for standing in standings[parts:])
        if rest:
            forms.append(" · ".join([*told[:parts], f"{rest} other{'' if rest == 1 else 's'}"]))
    return *forms, told[0]


def _about_the_others(answer: Answer) -> str:
    """How the others stand, with the verbs that a sentence needs."""
    parts = [_CLAUSES[standing][number > 1].format(n=number, limit=words.limit_text(answer.limit_ms))
             for standing, number in answer.counts.items() if standing != "free"]  # fmt: skip
    free = answer.counts.get("free", 0)
    told = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
    if free >= answer.partners_needed:
        rest = f" ({told})" if told else ""
        if answer.clash is not None:
            return f"{free} are free for them, but {words.names(answer.clash)} may not meet{rest}."
        return f"{free} {'is' if free == 1 else 'are'} free and may be tried with them{rest}."
    need = "" if answer.partners_needed == 1 else f" {answer.partners_needed} partners are needed, {free} free."
    return f"Of those who wait, {told}.{need}" if told else need.strip()


def _when(seconds: float) -> str:
    if seconds <= 0:
        return "now"
    return f"in {max(1, round(seconds))} s" if seconds < 59.5 else f"in {words.clock_text(seconds)}"


_END_OF_WAIT: Final = {
    "page": "Goes to the thank-you page",
    "redirect": "Is sent to the other address",
    "scene": "Goes on alone",
}
_CLAUSES: Final[dict[Standing, tuple[str, str]]] = {
    "too_slow": ("{n} is too slow with them (over {limit})", "{n} are too slow with them (over {limit})"),
    "unreachable": ("{n} could not be reached", "{n} could not be reached"),
    "cooling_down": ("{n} is to be tried again later", "{n} are to be tried again later"),
    "in_probe": ("{n} is in a probe", "{n} are in a probe"),
    "resting": ("{n} sits out after refusals", "{n} sit out after refusals"),
    "too_far": ("{n} is too far from the server", "{n} are too far from the server"),
    "played_before": ("{n} has played with them before", "{n} have played with them before"),
    "kept": ("{n} waits for earlier partners", "{n} wait for earlier partners"),
    "excluded": ("{n} is kept out by the operator", "{n} are kept out by the operator"),
    "hidden": ("{n} has the tab hidden", "{n} have the tab hidden"),
    "silent": ("{n} does not answer", "{n} do not answer"),
    "away": ("{n} is away", "{n} are away"),
}
