"""The waitroom's fold: rows, time and place kept, states, deadlines, and tallies that agree with the rows."""

from __future__ import annotations

from collections import Counter

import pytest

from core import events as ev
from core.projections.waitroom import WaitroomProjection
from core.projections.waitroom_rows import SAMPLES_KEPT
from tests.projections.stories import Story, busy_session, full_waitroom


def folded(story: Story) -> WaitroomProjection:
    waitroom = WaitroomProjection()
    waitroom.replay(story.events)
    return waitroom


def states(story: Story) -> dict[str, str]:
    return {subject: row.state for subject, row in folded(story).rows.items()}


def test_a_newcomer_waits_with_what_is_known_of_them():
    story = Story().begin().join("A").rtt("A", 31.0).at(5).wait("A", wait_s=600.0)
    row = folded(story).rows["A"]
    assert (row.waiting_since_s, row.presence.server_rtt_ms, row.state, row.tries) == (5, 31.0, "waiting", 0)
    assert row.deadline_s == 605


def test_a_log_without_a_limit_to_the_wait_has_no_deadline():
    assert folded(Story().begin().join("A").wait("A")).rows["A"].deadline_s is None


def test_both_are_shown_as_probing_each_other():
    story = Story().begin().join("A", "B").wait("A", "B").at(3).propose("A", "B")
    rows = folded(story).rows
    assert {row.state for row in rows.values()} == {"probing"}
    assert (rows["A"].probed_with, rows["B"].probed_with) == (("B",), ("A",))


def test_a_rejection_keeps_place_and_time():
    story = Story().begin(150).join("A", "B").at(2).wait("A", "B").propose("A", "B").at(9).measured("A", "B", 212.4)
    waitroom = folded(story)
    assert list(waitroom.rows) == ["A", "B"]
    assert [(row.waiting_since_s, row.state, row.tries) for row in waitroom.rows.values()] == [(2, "waiting", 1)] * 2


def test_a_retry_of_the_same_pair_is_one_try():
    story = Story().begin().join("A", "B").wait("A", "B").propose("A", "B")
    story.failed("A", "B", will_retry=True).probe("A", "B", 2).failed("A", "B", attempt=2)
    assert [row.tries for row in folded(story).rows.values()] == [1, 1]


def test_losing_the_connection_keeps_the_row_and_its_time():
    story = Story().begin().join("A").at(4).wait("A", wait_s=600.0).at(20).lose("A")
    row = folded(story).rows["A"]
    assert (row.state, row.deadline_s) == ("away", 50)
    row = folded(story.at(30).back("A")).rows["A"]
    assert (row.state, row.waiting_since_s, row.deadline_s) == ("waiting", 4, 604)


def test_the_wait_may_end_before_the_place_is_lost():
    assert folded(Story().begin().join("A").wait("A", wait_s=25.0).at(20).lose("A")).rows["A"].deadline_s == 25


def test_coming_back_while_the_probe_runs_is_probing():
    story = Story().begin().join("A", "B").wait("A", "B").propose("A", "B").lose("A").back("A")
    assert states(story)["A"] == "probing"


def test_a_rejection_while_away_leaves_them_away():
    story = Story().begin().join("A", "B").wait("A", "B").propose("A", "B").lose("A").failed("A", "B")
    assert states(story) == {"A": "away", "B": "waiting"}
    assert states(story.back("A"))["A"] == "waiting"


def test_a_tab_hidden_on_an_earlier_page_is_hidden_in_the_waitroom():
    story = Story().begin().join("A").tell(ev.VisibilityChanged, subject_id="A", hidden=True).wait("A")
    assert states(story) == {"A": "hidden"}
    assert states(story.tell(ev.VisibilityChanged, subject_id="A", hidden=False)) == {"A": "waiting"}


def test_silence_is_a_state_and_tells_since_when():
    story = Story().begin().join("A").wait("A").at(8).rtt("A", 20).at(19)
    story.tell(ev.LivenessChanged, subject_id="A", silent=True)
    row = folded(story).rows["A"]
    assert (row.state, row.presence.silent_since_s, row.presence.seen_s) == ("silent", 8, 8)
    row = folded(story.at(24).tell(ev.LivenessChanged, subject_id="A", silent=False)).rows["A"]
    assert (row.state, row.presence.seen_s) == ("waiting", 24)


def test_matched_people_and_those_who_leave_have_no_row():
    story = Story().begin().join("A", "B", "C").wait("A", "B", "C").propose("A", "B").measured("A", "B", 40.0)
    assert list(folded(story).rows) == ["C"]
    assert not folded(story.leave("C")).rows


def test_entering_the_same_waitroom_again_keeps_place_and_time():
    story = Story().begin().join("A", "B").at(3).wait("A", "B").at(40)
    story.tell(ev.WaitroomEntered, subject_id="A", scene_id="meet")
    waitroom = folded(story)
    assert list(waitroom.rows) == ["A", "B"]
    assert waitroom.rows["A"].waiting_since_s == 3


def test_another_scene_begins_anew():
    story = Story().begin().join("A", "B").wait("A", "B").propose("A", "B").failed("A", "B")
    story.at(50).tell(ev.WaitroomEntered, subject_id="A", scene_id="second")
    row = folded(story).rows["A"]
    assert (row.waiting_since_s, row.tries, row.scene_id) == (50, 0, "second")


def test_samples_are_kept_for_the_sparkline_but_not_for_ever():
    story = Story().begin().join("A").wait("A")
    for number in range(SAMPLES_KEPT + 5):
        story.rtt("A", float(number))
    assert folded(story).rows["A"].presence.rtts_ms == [float(n) for n in range(5, SAMPLES_KEPT + 5)]


@pytest.mark.parametrize("story", [busy_session(), full_waitroom()], ids=["busy", "full"])
def test_tallies_agree_with_the_rows_after_every_event(story):
    waitroom = WaitroomProjection()
    for event in story.events:
        waitroom.apply(event)
        for scene_id, tally in waitroom.scenes.items():
            counted = Counter(row.state for row in waitroom.rows.values() if row.scene_id == scene_id)
            assert +tally.states == counted
