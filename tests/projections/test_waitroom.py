"""The waitroom's fold: rows, time kept, reasons as recorded."""

from __future__ import annotations

from core import events as ev
from core.projections.waitroom import WaitroomProjection
from tests.projections.stories import Story


def folded(story: Story) -> WaitroomProjection:
    waitroom = WaitroomProjection()
    waitroom.replay(story.events)
    return waitroom


def whys(story: Story) -> dict[str, str]:
    waitroom = folded(story)
    return {subject: waitroom.why(row) for subject, row in waitroom.rows.items()}


def test_a_newcomer_waits_for_a_partner():
    story = Story().begin().join("A").rtt("A", 31.0).at(5).wait("A")
    row = folded(story).rows["A"]
    assert (row.waiting_since_s, row.server_rtt_ms, row.state, row.tries) == (5, 31.0, "waiting", 0)
    assert whys(story) == {"A": "Waiting for a partner"}


def test_both_are_shown_as_probing_each_other():
    story = Story().begin().join("A", "B").wait("A", "B").at(3).propose("A", "B")
    assert {row.state for row in folded(story).rows.values()} == {"probing"}
    assert whys(story) == {"A": "Measuring the connection with B", "B": "Measuring the connection with A"}


def test_a_rejection_keeps_place_and_time_and_says_what_was_measured():
    story = Story().begin(150).join("A", "B").at(2).wait("A", "B").propose("A", "B").at(9).measured("A", "B", 212.4)
    waitroom = folded(story)
    assert list(waitroom.rows) == ["A", "B"]
    assert [(row.waiting_since_s, row.state, row.tries) for row in waitroom.rows.values()] == [(2, "waiting", 1)] * 2
    assert whys(story)["A"] == "212 ms with B (limit 150 ms)"


def test_the_reason_stays_as_recorded_when_the_limit_moves():
    story = Story().begin(150).join("A", "B").wait("A", "B").propose("A", "B").measured("A", "B", 212.4).limit(300)
    assert whys(story)["A"] == "212 ms with B (limit 150 ms)"


def test_a_retry_of_the_same_pair_is_one_try():
    story = Story().begin().join("A", "B").wait("A", "B").propose("A", "B")
    story.failed("A", "B", will_retry=True).probe("A", "B", 2).failed("A", "B", attempt=2)
    assert [row.tries for row in folded(story).rows.values()] == [1, 1]
    assert whys(story)["B"] == "No direct connection with A"


def test_losing_the_connection_keeps_the_row_and_its_time():
    story = Story().begin().join("A").at(4).wait("A").at(20).lose("A")
    assert folded(story).rows["A"].state == "away"
    assert whys(story)["A"] == "Connection lost; place kept for 30 s"
    row = folded(story.at(30).back("A")).rows["A"]
    assert (row.state, row.waiting_since_s, row.away_since_s) == ("waiting", 4, None)


def test_coming_back_while_the_probe_runs_is_probing():
    story = Story().begin().join("A", "B").wait("A", "B").propose("A", "B").lose("A").back("A")
    assert folded(story).rows["A"].state == "probing"


def test_a_rejection_while_away_leaves_them_away():
    story = Story().begin().join("A", "B").wait("A", "B").propose("A", "B").lose("A").failed("A", "B")
    waitroom = folded(story)
    assert (waitroom.rows["A"].state, waitroom.rows["B"].state) == ("away", "waiting")
    assert folded(story.back("A")).rows["A"].state == "waiting"


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
    assert (row.waiting_since_s, row.tries, row.last_outcome) == (50, 0, "none")


def test_paused_matching_is_the_reason_until_it_goes_on():
    story = Story().begin().join("A").wait("A").tell(ev.MatchingPaused, paused=True, by="maria")
    assert whys(story) == {"A": "Matching is paused by maria"}
    assert whys(story.tell(ev.MatchingPaused, paused=False)) == {"A": "Waiting for a partner"}


def test_groups_of_three_wait_for_two_and_name_the_pair_that_decided():
    story = Story().begin(group_size=3).join("A", "B", "C").wait("A", "B", "C")
    assert whys(story)["A"] == "Waiting for 2 partners"
    story.tell(
        ev.MatchRejected, group_id="g", scene_id="meet", subjects=["A", "B", "C"], reason="slow", worst=["A", "C"],
        rtt_ms=300.0, max_p2p_rtt_ms=150,
    )  # fmt: skip
    assert whys(story)["B"] == "300 ms between A and C (limit 150 ms)"
    assert whys(story)["C"] == "300 ms with A (limit 150 ms)"
