"""The timeline's fold: lanes of bars that follow one another without gap or overlap, marks where lanes end."""

from __future__ import annotations

import itertools
import math

from core import events as ev
from core.projections.lanes import KIND_NAMES
from core.projections.matches import TimelineProjection
from tests.projections.stories import Story, busy_session


def folded(story: Story) -> TimelineProjection:
    timeline = TimelineProjection()
    timeline.replay(story.events)
    return timeline


def bars(timeline: TimelineProjection, subject: str) -> list[tuple[str, float, float]]:
    lane = timeline.lane_of(subject)
    return [
        (KIND_NAMES[kind], start_s, end_s)
        for start_s, end_s, of_lane, kind in zip(
            timeline.start_s, timeline.end_s, timeline.lane, timeline.kind, strict=True
        )
        if of_lane == lane and end_s > start_s
    ]


def test_a_lane_goes_from_page_through_waiting_and_probing_to_playing():
    story = Story().begin().at(1).join("A", "B").at(5).wait("A", "B").at(8).propose("A", "B").at(11)
    story.measured("A", "B", 80.0).at(71).played("A", "B")
    assert bars(folded(story), "A") == [
        ("page", 1, 5), ("waiting", 5, 8), ("probing", 8, 11), ("playing", 11, 71),
    ]  # fmt: skip
    timeline = folded(story)
    assert timeline.formed == 1
    assert (list(timeline.thread_s), list(timeline.thread_top), list(timeline.thread_bottom)) == ([11], [0], [1])
    assert [(mark.done, mark.elapsed_s) for mark in folded(story).end_marks] == [(True, 71), (True, 71)]


def test_what_still_goes_on_has_no_end():
    story = Story().begin().at(1).join("A").at(5).wait("A")
    assert bars(folded(story), "A")[-1] == ("waiting", 5, math.inf)


def test_a_rejection_goes_back_to_waiting():
    story = Story().begin().join("A", "B").at(1).wait("A", "B").at(2).propose("A", "B").at(4).measured("A", "B", 900.0)
    assert [bar[0] for bar in bars(folded(story), "B")] == ["page", "waiting", "probing", "waiting"]


def test_away_lies_over_what_they_were_doing():
    story = Story().begin().join("A").at(1).wait("A").at(9).lose("A").at(14).back("A").at(20).lose("A")
    story.at(50).leave("A", "reconnect_timeout")
    timeline = folded(story)
    assert bars(timeline, "A")[1:] == [("waiting", 1, 9), ("away", 9, 14), ("waiting", 14, 20), ("away", 20, 50)]
    assert (timeline.end_marks[0].done, timeline.end_marks[0].elapsed_s) == (False, 50)


def test_what_changes_while_away_shows_on_return():
    story = Story().begin().join("A", "B").at(1).wait("A", "B").at(2).propose("A", "B").at(3).lose("A").at(9)
    story.failed("A", "B").at(12).back("A")
    assert bars(folded(story), "A")[-2:] == [("away", 3, 12), ("waiting", 12, math.inf)]


def test_a_game_that_ends_after_somebody_has_left_begins_nothing_for_them():
    story = Story().begin().at(1).join("A", "B").wait("A", "B").propose("A", "B").at(4).measured("A", "B", 80.0)
    story.at(9).leave("A").at(11).tell(
        ev.GameEnded, game_id="g", scene_id="meet", subjects=["A", "B"], reason="deadline"
    )
    assert bars(folded(story), "A")[-1] == ("playing", 4, 9)
    assert bars(folded(story), "B")[-1] == ("page", 11, math.inf)


def test_a_second_tab_is_no_new_bar():
    story = Story().begin().join("A").at(1).wait("A").at(4).back("A", 0.0)
    assert len(bars(folded(story), "A")) == 2


def test_the_end_of_the_run_closes_everything():
    story = Story().begin().join("A").at(1).wait("A").at(30)
    story.tell(ev.RunEnded, reason="ended_now")
    assert bars(folded(story), "A")[-1] == ("waiting", 1, 30)


def test_somebody_who_never_joined_is_no_lane():
    story = Story().begin().wait("ghost").propose("ghost", "other").lose("ghost").leave("ghost")
    assert folded(story).lanes == []


def test_a_bar_says_who_what_and_how_long():
    story = Story().begin().join("A", "B").at(1).wait("A", "B").at(2).propose("A", "B")
    text = folded(story).describe(4, now_elapsed_s=5.5)
    assert text.splitlines() == ["A", "probing with B", "3.5 s, from 0:02"]


def test_bars_of_a_whole_session_start_in_order_and_never_overlap():
    timeline = folded(busy_session())
    assert timeline.start_s.tolist() == sorted(timeline.start_s)
    for subject in timeline.lanes:
        spans = bars(timeline, subject)
        for (_, _, end_s), (_, start_s, _) in itertools.pairwise(spans):
            assert end_s == start_s
