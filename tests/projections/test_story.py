"""A person's story holds what concerns them, in order, worded as plain text, in bounded memory."""

from __future__ import annotations

import pytest

from core import events as ev
from core.projections import story_words
from core.projections.shown import ShownRun
from core.projections.story import DATA_SHOWN, KEPT, StoryProjection
from tests.projections.stories import Story, busy_session
from tests.runlog import stories as every_event

HOSTILE = ["<img src=x onerror=alert(1)>", "x" * 10_000, "\u202eאבג\u202c", "\U0001f9d1\u200d\U0001f52c", "a\nb\x00"]


def told(story: StoryProjection, subject_id: str) -> list[str]:
    return [story_words.tell(moment, subject_id).text for moment in story.moments(subject_id)]


def folded(story: Story) -> StoryProjection:
    projection = StoryProjection()
    projection.replay(story.events)
    return projection


def test_it_tells_what_happened_to_one_person_in_order():
    story = Story().begin().at(1).join("A", "B").rtt("A", 20).rtt("A", 24).rtt("A", 90)
    story.at(10).wait("A", "B", wait_s=600.0).at(12).propose("A", "B").at(15).measured("A", "B", 200.0)
    story.at(20).tell(
        ev.ParticipantExcluded, subject_id="A", excluded=True, by="maria", reason="talks on the phone"
    ).tell(ev.ParticipantExcluded, subject_id="A", excluded=False, by="maria")
    story.at(25).tell(ev.WaitingExtended, subject_id=None, by_s=60.0, subjects=["A", "B"], by="maria")
    story.at(30).limit(250).propose("A", "B").at(33).measured("A", "B", 200.0)
    story.tell(ev.GameData, game_id="game_1", scene_id="meet", subject_id="A", data={"x": 1})
    story.at(90).played("A", "B")
    assert told(folded(story), "A") == [
        "Joined", "Came to welcome", "Server RTT 20 ms", "Server RTT 90 ms", "Waits for meet, for 10:00 at most",
        "Measured with B: 200 ms, too slow (limit 150 ms)",
        "Kept out of matching by maria – talks on the phone", "In matching again by maria",
        "May wait 1:00 longer by maria",
        "Measured with B: 200 ms, fast enough (limit 250 ms)", "Matched with B",
        "Waited 0:10, then was matched",
        "Game with B finished after 1:00; 1 record handed in", "Came to thanks", "Finished",
    ]  # fmt: skip


def test_whoever_is_through_has_closed_the_page_and_lost_nothing():
    story = Story().begin().join("A")
    story.tell(ev.ParticipantDisconnected, subject_id="A", grace_s=30.0)
    story.tell(ev.ParticipantDisconnected, subject_id="A", grace_s=0.0)
    assert told(folded(story), "A")[-2:] == ["Lost the connection; place kept for 30 s", "Closed the page"]


def test_a_measurement_brings_its_evidence():
    story = Story().begin().join("A", "B").wait("A", "B").propose("A", "B").measured("A", "B", 80.0)
    projection = folded(story)
    line = next(
        line
        for moment in projection.moments("B")
        if (line := story_words.tell(moment, "B")).text.startswith("Measured with A")
    )
    assert "29 of 30 answers" in line.detail
    assert "path: host" in line.detail


def test_every_event_that_is_kept_has_words():
    projection = StoryProjection()
    projection.replay(event for _, event in every_event.session())
    lines = [
        (type(moment.event).__name__, story_words.tell(moment, subject_id))
        for subject_id in ("ana", "bo", "cy", "di")
        for moment in projection.moments(subject_id)
    ]
    assert len(lines) > 15
    assert not [name for name, line in lines if line.text.startswith(name)]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_people_wrote_stays_one_short_plain_line(hostile: str):
    story = Story().begin().join(hostile, "B").wait(hostile, "B").propose(hostile, "B").measured(hostile, "B", 80.0)
    story.tell(ev.PageCompleted, subject_id="B", scene_id=hostile, data={"answer": hostile})
    story.tell(ev.OperatorActed, action="message_participant", by=hostile, subjects=["B"], text=hostile, reason=hostile)
    for line in told(folded(story), "B"):
        assert len(line) < 1_000
        assert "\n" not in line
        assert "\x00" not in line
        assert "\u202e" not in line


def test_the_newest_are_shown_and_the_others_counted():
    story = Story().begin().join("A")
    for number in range(3_000):
        story.at(number).tell(ev.VisibilityChanged, subject_id="A", hidden=number % 2 == 0)
    projection = folded(story)
    assert len(projection.moments("A")) == KEPT
    assert projection.dropped("A") + len(projection.moments("A")) == 3_002
    projection.apply(ev.PageCompleted(subject_id="A", scene_id="welcome", data={"essay": "x" * 200_000}))
    assert len(projection.moments("A")[-1].event.data) == DATA_SHOWN + 1


def test_measurements_are_the_ones_the_chart_holds():
    shown = ShownRun()
    shown.replay(busy_session().events)
    records = {id(shown.probes.record(index)) for index in range(len(shown.probes))}
    kept = [m.event for m in shown.story.moments("P01") if isinstance(m.event, ev.ProbeCompleted | ev.ProbeFailed)]
    assert kept
    assert {id(event) for event in kept} <= records
