"""What the operator could do with one participant at this moment, by the log; and why not.

Owns the sentence on a button that cannot be pressed. Must not do anything, nor have the last word: the engine has.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from core.projections import words
from core.projections.participants import Person
from core.projections.run import RunProjection
from core.projections.waitroom import WaitroomProjection

ACTIONS: Final = ("message", "exclude", "match", "extend", "send", "end_game", "remove")


def refusals(person: Person | None, run: RunProjection, waitroom: WaitroomProjection) -> dict[str, str]:
    """By action: a sentence why it cannot be done, or "" if it can."""
    if person is None:
        return dict.fromkeys(ACTIONS, "Nobody is chosen.")
    if run.state in ("none", "ended"):
        return dict.fromkeys(ACTIONS, "The run is over.")
    who = words.name(person.subject_id)
    if not person.present:
        gone = "has finished" if person.state == "done" else "does not take part any more"
        return dict.fromkeys(ACTIONS, f"{who} {gone}.")
    none_yet = dict.fromkeys(ACTIONS, "")
    if not person.connected:
        none_yet["message"] = f"{who} is not connected, so the message would be lost."
    none_yet["match"] = _why_no_match(person, run, waitroom)
    none_yet["extend"] = _why_no_longer_wait(person, waitroom)
    if person.state != "playing":
        none_yet["end_game"] = f"{who} is not playing."
    elif not person.excluded and not _game_after(person, run):
        none_yet["exclude"] = f"{who} plays the last game."
    if not scenes_to_send_to(person, run):
        none_yet["send"] = "There is no other scene."
    return none_yet


def partners_at_hand(person: Person, waitroom: WaitroomProjection, most: int) -> list[str]:
    """Who waits in the same scene with a connection, longest wait first, at most so many."""
    at_hand = (
        row.subject_id
        for row in waitroom.rows.values()
        if row.scene_id == person.scene_id and row.subject_id != person.subject_id and row.presence.connected
    )
    return list(islice(at_hand, most))


def scenes_to_send_to(person: Person, run: RunProjection) -> list[tuple[str, str]]:
    """`(scene_id, title)` of where they could be sent; a game that is played may be begun anew with others."""
    return [
        (scene.scene_id, scene.title)
        for scene in run.scenes
        if (scene.scene_id != person.scene_id or person.state == "playing")
        and not (scene.kind == "game" and run.state == "draining")
    ]


def _why_no_match(person: Person, run: RunProjection, waitroom: WaitroomProjection) -> str:
    who = words.name(person.subject_id)
    if person.subject_id not in waitroom.rows:
        return f"{who} is not waiting."
    if not person.connected:
        return f"{who} is not connected."
    if run.state == "draining":
        return "The run is ending, so nobody is matched any more."
    needed = run.group_size - 1
    missing = needed - len(partners_at_hand(person, waitroom, needed))
    return "" if missing <= 0 else f"{missing} more must be waiting in the same scene."


def _why_no_longer_wait(person: Person, waitroom: WaitroomProjection) -> str:
    row = waitroom.rows.get(person.subject_id)
    if row is None:
        return f"{words.name(person.subject_id)} is not waiting."
    return "" if row.wait_until_s is not None else "Waiting has no time limit in this experiment."


def _game_after(person: Person, run: RunProjection) -> bool:
    return any(scene.kind == "game" for scene in run.scenes[person.scene_index + 1 :])
