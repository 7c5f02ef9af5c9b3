"""The probes' fold: equal columns, failures without a number, records for hovering."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from core import events as ev
from core.projections.probes import ACCEPTED, FAILED, REJECTED, ProbesProjection
from tests.projections.stories import Story


def folded(story: Story) -> ProbesProjection:
    probes = ProbesProjection()
    probes.replay(story.events)
    return probes


def test_each_outcome_has_its_code_and_only_failures_have_no_number():
    story = Story().begin(150).at(1).propose("A", "B").at(4).measured("A", "B", 99.0)
    story.propose("A", "C").at(8).measured("A", "C", 200.0).propose("C", "D").at(16).failed("C", "D")
    probes = folded(story)
    assert list(probes.outcome) == [ACCEPTED, REJECTED, FAILED]
    assert list(probes.elapsed_s) == [4, 8, 16]
    assert probes.rtt_ms[:2].tolist() == [99.0, 200.0]
    assert math.isnan(probes.rtt_ms[2])
    assert probes.counts == [1, 1, 1]
    assert probes.highest_rtt_ms == 200.0


def test_a_probe_runs_from_its_start_to_its_end():
    story = Story().begin().propose("A", "B")
    assert list(folded(story).running) == ["p1-1"]
    assert not folded(story.failed("A", "B", will_retry=True)).running


def test_the_record_says_what_was_measured_against_which_limit():
    story = Story().begin(150).at(65).propose("A", "B").measured("A", "B", 212.4)
    text = folded(story).describe(0)
    assert text.splitlines()[0] == "A and B"
    assert "212 ms, rejected (limit 150 ms)" in text
    assert "29 of 30 answers, 3 % lost, jitter 2.1 ms" in text
    assert text.endswith("at 1:05")


def test_the_record_of_a_failure_says_where_it_stopped_and_who_was_silent():
    story = Story().begin().propose("A", "B").failed("A", "B")
    text = folded(story).describe(0)
    assert "no direct connection came about (phase: connect)" in text
    assert "no answer from B" in text


def test_a_made_up_answer_is_called_that():
    probe = ev.ProbeCompleted(
        probe_session_id="p", subject_a="A", subject_b="B", rtt_ms=3.0, accepted=True, simulated=True
    )
    probes = ProbesProjection()
    probes.apply(probe)
    assert "simulated" in probes.describe(0)


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e6)), max_size=60))
def test_columns_stay_in_step_whatever_happens(rtts):
    story = Story().begin(150)
    for rtt_ms in rtts:
        story.at(story.now_s + 1).propose("A", "B")
        if rtt_ms is None:
            story.failed("A", "B")
        else:
            story.measured("A", "B", rtt_ms)
    probes = folded(story)
    columns = (probes.elapsed_s, probes.rtt_ms, probes.outcome, probes)
    assert {len(column) for column in columns} == {len(rtts)}
    assert [probes.record(index).elapsed_s for index in range(len(probes))] == list(probes.elapsed_s)
    assert [None if math.isnan(rtt_ms) else rtt_ms for rtt_ms in probes.rtt_ms] == rtts
    assert sum(probes.counts) == len(rtts)
    assert not probes.running
