"""All pairs at once: the columns say what the records of each pair say, the matrix orders people, the sentence fits."""

from __future__ import annotations

import random

import pytest

from core import events as ev
from core.analysis.limit_preview import LimitPreviewer
from core.analysis.pair_matrix import COOLING, FITS, KINDS, PROBING, SAME, SLOW, UNREACHED, matrix_of, waiting_pairs
from core.analysis.pair_verdict import round_limit, verdict
from core.projections.shown import ShownRun
from tests.projections.stories import Story, busy_session


def shown_of(story: Story) -> ShownRun:
    shown = ShownRun()
    shown.replay(story.events)
    return shown


def pairs_at(story: Story, now_s: float | None = None):
    shown = shown_of(story)
    now_s = story.now_s if now_s is None else now_s
    return waiting_pairs(shown.waitroom, shown.pair_table, shown.run.max_p2p_rtt_ms, now_s)


def waiting(*people: str) -> Story:
    return Story().begin(150, measured_fresh_s=120.0).join(*people).wait(*people)


def slow(story: Story, a: str, b: str, rtt_ms: float) -> Story:
    return story.propose(a, b).measured(a, b, rtt_ms, retry_after_s=120)


def kind_of(story: Story, a: str, b: str, now_s: float | None = None) -> str:
    matrix = matrix_of(pairs_at(story, now_s))
    cells = {KINDS[matrix.kinds[i, j]] for i, j in ((matrix.people.index(x), matrix.people.index(y))
             for x, y in ((a, b), (b, a)))}  # fmt: skip
    assert len(cells) == 1, "what A is to B, B is to A"
    return cells.pop()


@pytest.mark.parametrize("seed", range(4))
def test_the_columns_agree_with_each_pairs_record(seed):
    story = busy_session(seed=seed)
    rng = random.Random(seed)
    for until_s in sorted(rng.uniform(30, 400) for _ in range(12)):
        shown = ShownRun()
        shown.replay(event for event in story.events if event.elapsed_s <= until_s)
        pairs = waiting_pairs(shown.waitroom, shown.pair_table, shown.run.max_p2p_rtt_ms, until_s)
        known = {
            frozenset((pairs.people[a].subject_id, pairs.people[b].subject_id)): (KINDS[kind], bool(fresh))
            for a, b, kind, fresh in zip(pairs.first, pairs.second, pairs.kind, pairs.fresh, strict=True)
        }
        for a in shown.waitroom.rows:
            for b in shown.waitroom.rows:
                record = shown.pairs.of_pair(a, b)
                if a >= b or record is None:
                    continue
                kind, fresh = known[frozenset((a, b))]
                standing = shown.pairs.standing(record, until_s)
                if standing is not None:
                    assert fresh
                    assert kind == {"too_slow": "too slow", "unreachable": "unreachable"}.get(standing, "cooling down")
                elif fresh:
                    assert kind == "fits"


def test_each_kind_of_pair_is_told_apart():
    story = waiting("A", "B", "C", "D", "E")
    slow(story, "A", "B", 212).propose("A", "C").failed("A", "C", retry_after_s=80)
    story.propose("A", "D").failed("A", "D", reason="timeout", retry_after_s=60).propose("B", "E")
    assert kind_of(story, "A", "B") == KINDS[SLOW]
    assert kind_of(story, "A", "C") == KINDS[UNREACHED]
    assert kind_of(story, "A", "D") == KINDS[COOLING]
    assert kind_of(story, "B", "E") == KINDS[PROBING]
    assert kind_of(story, "A", "A") == KINDS[SAME]
    assert kind_of(story, "C", "D") == "not tried"
    assert kind_of(story, "A", "D", story.now_s + 61) == "not tried"
    assert kind_of(story.limit(220), "A", "B") == KINDS[FITS]


def test_who_left_and_comes_back_is_a_stranger():
    story = slow(waiting("A", "B", "C"), "A", "B", 212).leave("B").back("B").wait("B")
    assert kind_of(story, "A", "B") == "not tried"


def test_only_the_scene_with_most_people_is_shown():
    story = waiting("A", "B", "C")
    story.join("X").tell(ev.WaitroomEntered, subject_id="X", scene_id="other")
    pairs = pairs_at(story)
    assert ([row.subject_id for row in pairs.people], pairs.scene_id, pairs.elsewhere) == (["A", "B", "C"], "meet", 1)


def test_who_fits_most_comes_first_and_of_many_the_worst_are_kept():
    people = [f"P{number}" for number in range(6)]
    story = waiting(*people)
    for a, b in (("P0", "P1"), ("P0", "P2"), ("P1", "P2")):
        slow(story, a, b, 300)
    slow(story, "P3", "P4", 160)
    matrix = matrix_of(pairs_at(story.limit(200)))
    assert matrix.people[:2] == ["P3", "P4"]
    assert list(matrix.fits[:2]) == [1, 1]
    few = matrix_of(pairs_at(story), most=3)
    assert set(few.people) == {"P0", "P1", "P2"}
    assert few.left_out == 3
    assert list(few.tried) == [2, 2, 2]


def test_one_person_too_slow_for_everybody_is_named():
    story = waiting("P1", "P2", "P3", "P4", "P5")
    for other in ("P1", "P2", "P3", "P4"):
        slow(story, "P5", other, 400)
    story.limit(500)
    for a, b in (("P1", "P2"), ("P3", "P4"), ("P1", "P3")):
        slow(story, a, b, 520)
    told = verdict(pairs_at(story.limit(150)))
    assert "P5" not in told, "where everybody does badly it is not one person's doing"
    story = waiting("P1", "P2", "P3", "P4", "P5")
    for other in ("P1", "P2", "P3", "P4"):
        slow(story, "P5", other, 400)
    assert verdict(pairs_at(story)).startswith("P5 is too slow for everybody.")


def test_a_limit_that_is_a_little_too_low_is_told_with_what_would_do():
    story = waiting("P1", "P2", "P3", "P4")
    for a, b, rtt_ms in (("P1", "P2", 171), ("P1", "P3", 174), ("P2", "P4", 166), ("P3", "P4", 178)):
        slow(story, a, b, rtt_ms)
    assert verdict(pairs_at(story)) == "At 180 ms four more pairs would fit."
    assert verdict(pairs_at(story.limit(None))).startswith("There is no limit")
    assert "None of the 2" in verdict(pairs_at(waiting("A", "B")))
    assert verdict(pairs_at(waiting("A"))) == verdict(pairs_at(Story().begin())) == ""


@pytest.mark.parametrize(("rtt_ms", "limit_ms"), [(171.2, 180), (180.0, 180), (12.1, 15), (2.3, 3)])
def test_a_limit_worth_setting_is_round(rtt_ms, limit_ms):
    assert round_limit(rtt_ms) == limit_ms


def test_a_preview_names_who_would_go_and_nobody_twice():
    story = waiting("A", "B", "C", "D", "E")
    for a, b, rtt_ms in (("A", "B", 170), ("A", "C", 160), ("C", "D", 178), ("D", "E", 400)):
        slow(story, a, b, rtt_ms)
    shown = shown_of(story)
    previewer = LimitPreviewer(shown.probes, shown.run, shown.waitroom, shown.pair_table)
    preview = previewer.of(180, story.now_s)
    assert [pair[:2] for pair in preview.pairs] == [("A", "B"), ("C", "D")]
    assert (preview.accepted, preview.measured) == (3, 4)
    assert preview.sentence == "180 ms: 75 % of 4 measurements within\nwould go now: A + B, C + D"
    assert previewer.of(180, story.now_s + 121).pairs == [], "a measurement that is no longer fresh sends nobody"
    assert previewer.of(100, story.now_s).pairs == []
    shown.apply(story.lose("A").events[-1])
    assert [pair[:2] for pair in previewer.of(180, story.now_s).pairs] == [("C", "D")]
