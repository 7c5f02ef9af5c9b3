"""Privacy mode: nobody's id and nobody's words get through, whatever the event."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

import msgspec
import pytest

from core import events as ev
from core.projections.shown import ShownRun
from core.projections.veil import HIDDEN, NESTED, OWN_WORDS, PEOPLE, Veil
from tests.projections.stories import busy_session

# Texts that name no participant and that none of them wrote.
HARMLESS = {
    "run_id", "program_version", "experiment", "matchmaker", "matchmaker_class", "links", "by", "scene_id", "group_id",
    "game_id", "probe_session_id", "game", "path", "alert", "action", "message", "scenes", "kind", "phase",
    "token_sha256", "no_partner",
}  # fmt: skip


def can_hold_text(kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return False
    return kind in (str, Any) or any(can_hold_text(part) for part in get_args(kind))


@pytest.mark.parametrize("tag", ev.EVENT_TYPES)
def test_every_field_that_can_hold_a_text_was_thought_of(tag):
    for field in msgspec.structs.fields(ev.EVENT_TYPES[tag]):
        if can_hold_text(field.type) or field.name in NESTED:
            assert field.name in PEOPLE | NESTED | OWN_WORDS | HARMLESS, (
                f"{tag}.{field.name}: add it to core/projections/veil.py if it names people or holds somebody's words"
            )


def test_nobody_is_named_in_anything_that_is_folded():
    story = busy_session()
    ids = {event.subject_id for event in story.events if isinstance(event, ev.ParticipantJoined)}
    veil = Veil()
    veiled = [msgspec.json.encode(veil.event(event)).decode() for event in story.events]
    assert len(ids) > 10
    for line in veiled:
        assert not [name for name in ids if f'"{name}"' in line], line
    assert '"Person 01"' in "".join(veiled)


def test_the_veiled_run_is_the_same_run():
    story = busy_session()
    veil, plain, private = Veil(), ShownRun(), ShownRun()
    plain.replay(story.events)
    private.replay(map(veil.event, story.events))
    assert private.participants.counts() == plain.participants.counts()
    assert [veil.who(person) for person in private.participants.people] == list(plain.participants.people)
    assert private.probes.counts == plain.probes.counts
    assert [veil.who(lane) for lane in private.timeline.lanes] == plain.timeline.lanes


def test_names_follow_the_order_of_arrival_and_stay():
    veil = Veil()
    assert [veil.name(subject_id) for subject_id in ("zoe", "adam", "zoe")] == ["Person 01", "Person 02", "Person 01"]
    assert veil.who("Person 02") == "adam"
    assert veil.name("Person 01") == "Person 03"  # somebody who really calls themselves so
    assert veil.who("Person 03") == "Person 01"


def test_an_intent_goes_to_the_person_meant():
    veil = Veil()
    veil.name("zoe")
    veil.name("adam")
    fields = {"subject_ids": ["Person 02", "Person 01"], "subject_id": None, "text": "Person 01, please wait"}
    assert veil.lift(fields) == {"subject_ids": ["adam", "zoe"], "subject_id": None, "text": "Person 01, please wait"}


def test_own_words_are_hidden_and_the_engines_sentences_name_pseudonyms():
    veil = Veil()
    veil.name("P1")
    veil.name("P10")
    acted = veil.event(ev.OperatorActed(action="message", by="lab", reason="late", text="hi P1", subjects=["P1"]))
    assert (acted.text, acted.reason, acted.subjects, acted.by) == (HIDDEN, HIDDEN, ["Person 01"], "lab")
    alert = veil.event(ev.AlertRaised(alert="waits_long", text="P10 and P1 have waited for 10 minutes"))
    assert alert.text == "Person 02 and Person 01 have waited for 10 minutes"
    left = veil.event(ev.ParticipantLeft(subject_id="P1", reason="left", text=""))
    assert (left.subject_id, left.reason, left.text) == ("Person 01", "left", "")
    page = veil.event(ev.PageCompleted(subject_id="P1", scene_id="form", data={"name": "Zoe"}))
    assert page.data is None
