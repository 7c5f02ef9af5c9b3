"""Those who never played, by the answer that stood when their wait ended."""

from __future__ import annotations

from core import events as ev
from core.analysis.summary import as_text, summarise
from tests.projections.stories import Story, full_waitroom


def never_played(story: Story) -> dict[str, int]:
    return summarise(story.events).never_played


def test_players_are_not_counted_and_those_on_a_page_are_told_apart():
    story = Story().begin().join("A", "B", "C").wait("A", "B").propose("A", "B").measured("A", "B", 40.0)
    assert never_played(story) == {"never reached a waitroom": 1}


def test_the_answer_is_the_one_before_they_left():
    story = Story().begin(150).join("A", "B").wait("A", "B").propose("A", "B").at(9)
    story.measured("A", "B", 212.0, retry_after_s=120).at(20).leave("A", "wait_timeout")
    story.tell(ev.WaitroomLeft, subject_id="A", scene_id="meet", reason="wait_timeout").at(30)
    story.leave("B").tell(ev.WaitroomLeft, subject_id="B", scene_id="meet", reason="left")
    assert never_played(story) == {"nobody else was waiting": 1, "too slow with most who waited": 1}


def test_who_waits_in_vain_in_a_second_game_has_played():
    story = Story().begin().join("A", "B").wait("A", "B").propose("A", "B").measured("A", "B", 40.0)
    story.tell(ev.WaitroomEntered, subject_id="A", scene_id="again").leave("A", "wait_timeout")
    assert never_played(story) == {}


def test_the_summary_says_so_in_counts():
    text = as_text(summarise(full_waitroom().events))
    assert [line.split() for line in text.splitlines() if "never played" in line] == [["never", "played", "14"]]
    assert "  the connection was lost" in text
