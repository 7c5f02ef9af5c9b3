"""Words that change often keep their place, until they are about somebody else."""

from __future__ import annotations

from tests.projections.stories import full_waitroom
from widgets.parts.steady import Steady
from widgets.parts.text import PlainLabel
from widgets.waitroom_detail import WaitroomDetail

LONG = "Of those who wait, 2 are too slow with them (over 150 ms), 1 could not be reached and 2 are in a probe. " * 2


def test_what_it_says_may_get_shorter_without_anything_moving(qtbot):
    steady = Steady(PlainLabel(wrap=True))
    qtbot.addWidget(steady)
    steady.resize(300, 100)
    heights = []
    for text in ("Being measured.", LONG, "Being measured."):
        steady.setText(text)
        heights.append(steady.minimumHeight())
    assert heights[0] < heights[1] == heights[2]
    steady.start_anew()
    assert steady.minimumHeight() == heights[0]


def test_the_answer_for_another_person_is_as_high_as_its_own_words(qtbot, folded):
    detail = WaitroomDetail(folded(full_waitroom()).why_not)
    qtbot.addWidget(detail)
    detail.resize(500, 300)
    detail.show()
    heights = {}
    for who in ("P07", "P01", "P07"):  # whose tab is hidden, who could be tried with four, and again
        detail.show_person(who, 268.0)
        heights.setdefault(who, set()).add(detail._sentence.minimumHeight())
    assert len(heights["P07"]) == 1 and max(heights["P07"]) < max(heights["P01"])
