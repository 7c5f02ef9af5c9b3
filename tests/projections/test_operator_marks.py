"""What the operator does shows: exclusions and longer waits in the waitroom, notes and alerts in folds of their own."""

from __future__ import annotations

from core import events as ev
from core.projections import why_words
from core.projections.alerts import AlertsProjection
from core.projections.person_actions import partners_at_hand, refusals, scenes_to_send_to
from core.projections.shown import ShownRun
from tests.projections.stories import Story


def shown_after(story: Story) -> ShownRun:
    shown = ShownRun()
    shown.replay(story.events)
    return shown


def test_an_excluded_person_keeps_their_row_and_the_answer_says_so():
    story = Story().begin().join("A", "B", "C").wait("A", "B", "C").at(5)
    story.tell(ev.ParticipantExcluded, subject_id="A", excluded=True, by="maria")
    shown = shown_after(story)
    assert list(shown.waitroom.rows) == ["A", "B", "C"]
    assert shown.waitroom.rows["A"].state == "excluded"
    own = shown.why_not.answer("A", 6.0)
    assert why_words.line(own) == "Kept out of matching by the operator; the place is kept"
    assert shown.why_not.answer("B", 6.0).counts == {"excluded": 1, "free": 1}
    assert "1 kept out by the operator" in why_words.line(shown.why_not.answer("B", 6.0))
    assert "1 is kept out by the operator" in why_words.sentences(shown.why_not.answer("B", 6.0))
    shown.apply(ev.ParticipantExcluded(subject_id="A", excluded=False, by="maria"))
    assert shown.waitroom.rows["A"].state == "waiting"
    assert shown.why_not.answer("B", 6.0).counts == {"free": 2}


def test_an_exclusion_from_before_the_waitroom_counts_in_it():
    story = Story().begin().join("A").tell(ev.ParticipantExcluded, subject_id="A", excluded=True).wait("A")
    assert shown_after(story).waitroom.rows["A"].state == "excluded"


def test_a_longer_wait_moves_the_deadlines_of_those_it_was_said_of():
    story = Story().begin().join("A", "B", "C").wait("A", "B", wait_s=60.0).wait("C")
    story.at(20).tell(ev.WaitingExtended, subject_id="A", by_s=30.0, subjects=["A"])
    story.at(100).tell(ev.WaitingExtended, subject_id=None, by_s=10.0, subjects=["A", "B", "C"])
    rows = shown_after(story).waitroom.rows
    assert [rows[subject].wait_until_s for subject in "ABC"] == [110.0, 110.0, None]


def test_notes_stand_as_they_were_written_with_their_moment():
    shown = shown_after(Story().begin().at(12).tell(ev.NoteAdded, text="<b>loud</b> heating", by="maria"))
    assert shown.notes.marks == [(12.0, "<b>loud</b> heating", "maria")]
    assert shown.activity.entries[-1].text == "Note by maria: <b>loud</b> heating"


def test_the_worst_alert_nobody_has_seen_comes_first():
    alerts = AlertsProjection()
    alerts.apply(ev.AlertRaised(alert="disk", text="full", severity="error"))
    alerts.apply(ev.AlertRaised(alert="waiting_long", text="A waits"))
    alerts.apply(ev.AlertRaised(alert="engine_lag", text="slow", severity="error"))
    assert [alert.alert for alert in alerts.unseen()] == ["engine_lag", "disk", "waiting_long"]
    alerts.apply(ev.AlertAcknowledged(alert="engine_lag", by="maria"))
    alerts.apply(ev.AlertCleared(alert="disk"))
    assert alerts.worst() is not None
    assert alerts.worst().alert == "waiting_long"  # type: ignore[union-attr]
    assert set(alerts.open) == {"waiting_long", "engine_lag"}
    alerts.apply(ev.AlertRaised(alert="engine_lag", text="slower", severity="error"))
    assert alerts.worst().alert == "engine_lag", "raised again, it is to be seen anew"  # type: ignore[union-attr]
    alerts.apply(ev.RunEnded(reason="drained"))
    assert alerts.worst() is None


def test_each_action_that_cannot_be_done_says_why():
    story = Story().begin().join("A", "B", "C").wait("A")
    shown = shown_after(story)

    def why(subject_id: str) -> dict[str, str]:
        return refusals(shown.participants.people.get(subject_id), shown.run, shown.waitroom)

    assert why("A")["match"] == "1 more must be waiting in the same scene."
    assert why("A")["extend"] == "Waiting has no time limit in this experiment."
    assert why("A")["end_game"] == "A is not playing."
    assert why("B")["match"] == why("B")["extend"] == "B is not waiting."
    shown.replay(Story().wait("B", wait_s=60.0).lose("C").events)
    assert why("A")["match"] == why("B")["extend"] == why("B")["message"] == ""
    assert why("C")["message"] == "C is not connected, so the message would be lost."
    person = shown.participants.people["A"]
    assert partners_at_hand(person, shown.waitroom, 5) == ["B"]
    assert [scene for scene, _ in scenes_to_send_to(person, shown.run)] == ["welcome", "thanks"]
    shown.replay(Story().leave("C").events)
    assert set(why("C").values()) == {"C does not take part any more."}
    assert set(why("nobody").values()) == {"Nobody is chosen."}
    shown.apply(ev.RunEnded(reason="drained"))
    assert set(why("A").values()) == {"The run is over."}
