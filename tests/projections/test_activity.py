"""The feed's sentences: what is said, how strongly, and that it stays bounded and plain."""

from __future__ import annotations

import pytest

from core import events as ev
from core.projections import words
from core.projections.activity import KEPT, ActivityProjection
from tests.projections.stories import Story


def said(story: Story) -> list[tuple[str, str]]:
    activity = ActivityProjection()
    activity.replay(story.events)
    return [(entry.severity, entry.text) for entry in activity.entries]


def test_a_session_reads_as_a_story():
    story = Story().begin(150).join("A", "B").rtt("A", 20.0).wait("A", "B").propose("A", "B").measured("A", "B", 212.0)
    story.limit(300).propose("A", "B").measured("A", "B", 205.0).played("A", "B")
    assert said(story) == [
        ("info", "Run run_20261121_140302 of quick_start began (150 ms)"),
        ("notice", "Doors opened by maria"),
        ("info", "A joined"),
        ("info", "B joined"),
        ("info", "A entered the waitroom"),
        ("info", "B entered the waitroom"),
        ("info", "Measuring between A and B"),
        ("warning", "A and B not matched: 212 ms between them (limit 150 ms)"),
        ("notice", "RTT limit: 150 ms → 300 ms by maria"),
        ("info", "Measuring between A and B"),
        ("good", "A and B matched at 205 ms (limit 300 ms)"),
        ("info", "Game of A and B finished"),
        ("good", "A finished"),
        ("good", "B finished"),
    ]


def test_whoever_is_through_has_closed_the_page_and_lost_nothing():
    story = Story().begin().join("A")
    story.tell(ev.ParticipantDisconnected, subject_id="A", grace_s=30.0)
    story.tell(ev.ParticipantDisconnected, subject_id="A", grace_s=0.0)
    assert said(story)[-2:] == [
        ("warning", "A lost the connection; the place is kept for 30 s"), ("info", "A closed the page"),
    ]  # fmt: skip


def test_it_keeps_the_newest_and_counts_all():
    activity = ActivityProjection()
    for number in range(KEPT + 5):
        activity.apply(ev.ParticipantJoined(subject_id=f"S{number}", seq=number))
    assert (len(activity.entries), activity.total) == (KEPT, KEPT + 5)
    assert activity.entries[0].seq == 5


def test_every_entry_leads_to_its_line_in_the_log():
    activity = ActivityProjection()
    activity.replay(Story().begin().join("A").events)
    assert [(entry.seq, entry.subjects) for entry in activity.entries][-1] == (3, ("A",))


@pytest.mark.parametrize("event", [
    ev.RunEnding(by="maria", reason="late"),
    ev.RunResumed(by="maria", away_s=80.0),
    ev.RunEnded(reason="log_failed", joined=1, games=1),
    ev.ParticipantReconnected(subject_id="A", replaced=True),
    ev.ProbeFailed(probe_session_id="p", subject_a="A", subject_b="B", reason="timeout"),
    ev.GameEnded(game_id="g", scene_id="s", subjects=["A", "B"], reason="partner_left"),
    ev.OperatorActed(action="message_participant", by="maria", subjects=["A"], text="hello"),
    ev.ClientMessageRefused(message="join", error="no such token"),
    ev.AlertRaised(alert="disk", text="The disk is nearly full"),
    ev.AlertCleared(alert="disk", text="The disk has room again"),
])  # fmt: skip
def test_every_notable_event_has_a_sentence(event):
    activity = ActivityProjection()
    activity.apply(event)
    [entry] = activity.entries
    assert len(entry.text) > 12
    assert "_" not in entry.text


def test_a_message_in_a_sentence_stays_on_its_line():
    activity = ActivityProjection()
    text = "line\nbreak\u202e" + "x" * 10_000
    activity.apply(ev.OperatorActed(action="message_participant", subjects=["A"], text=text))
    sentence = activity.entries[0].text
    assert "\n" not in sentence
    assert "\u202e" not in sentence
    assert len(sentence) < 500


def test_a_name_cannot_turn_or_flood_the_sentence():
    shown = words.name("evil\u202e\n" + "x" * 10_000)
    assert len(shown) <= words.NAME_LIMIT + 2
    assert "\u202e" not in shown
    assert "\n" not in shown
    assert words.name("سارة").startswith("\u2068")
    assert words.name("👩‍🔬") == "\u2068👩‍🔬\u2069"
