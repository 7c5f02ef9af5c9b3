"""The figures of a run, and how they read."""

from __future__ import annotations

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events as ev
from core.analysis.summary import RunSummaryFigures, ThresholdStep, as_text, percentile, summarise
from core.clock import VirtualClock
from core.runlog.event_logger import EventLogger
from tests.runlog import stories


@pytest.fixture
def events(tmp_path) -> list[ev.Event]:
    clock = VirtualClock(stories.START_UNIX_S)
    with EventLogger(tmp_path / "x.jsonl", clock=clock) as logger:
        return [*stories.write(logger, clock), ev.UnknownEvent(name="coffee_served", elapsed_s=125.5)]


def test_the_figures_of_a_session(events):
    assert summarise(events) == RunSummaryFigures(
        run_id="run_story",
        experiment="quick_start",
        started_at=stories.START_UNIX_S,
        duration_s=125.5,
        ended_reason="drained",
        joined=4,
        simulated=1,
        finished=2,
        left_by_reason={"left": 1, "run_ended": 1},
        games=1,
        games_by_reason={"deadline": 1},
        matches=1,
        waited_s_median=27.0,
        waited_s_p90=pytest.approx(30.2),
        waited_s_p95=pytest.approx(30.6),
        waits_ended_otherwise={"left": 1},
        probes_accepted=1,
        probes_rejected=1,
        probes_failed=1,
        probe_failures_by_reason={"timeout": 1},
        p2p_rtt_ms_median=195.5,
        server_rtt_ms_median=22.5,
        threshold_history=[ThresholdStep(0.0, 150), ThresholdStep(40.0, 250, "Lea")],
        never_played={"matching was paused": 1, "never reached a waitroom": 1},
        messages_refused=1,
        events=len(events),
        unknown_events=1,
    )


def test_a_log_without_events_has_no_figures():
    figures = summarise([])
    assert figures == RunSummaryFigures()
    assert "the log does not say" in as_text(figures)


def test_it_reads_as_a_page(events):
    text = as_text(summarise(events), bad_lines=2)
    for row in (
        "experiment                     quick_start",
        "lasted                         2:05",
        "ended                          all games had finished",
        "joined                         4 (1 simulated)",
        "matched in                     median 27.0 s, 90 % under 30.2 s, 95 % under 30.6 s",
        "  no answer in time            1",
        "P2P RTT, median                196 ms",
        "threshold from 0:40            250 ms, by Lea",
        "unreadable lines               2 (left out above)",
    ):
        assert row in text.splitlines()


def test_nobodys_name_can_steer_the_terminal(events):
    events.append(ev.ThresholdChanged(old_max_p2p_rtt_ms=1, new_max_p2p_rtt_ms=None, by="\x1b[2J\r\nroot\x9b31m\u202e"))
    text = as_text(summarise(events))
    assert not any(
        character < " " or "\x7f" <= character < "\xa0" or character == "\u202e"
        for character in text
        if character != "\n"
    )
    assert "no limit, by " in text


def test_a_reason_without_words_is_shown_by_its_name():
    rows = [row.split() for row in as_text(RunSummaryFigures(left_by_reason={"abducted": 1})).splitlines()]
    assert ["abducted", "1"] in rows


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.randoms())
def test_percentiles_agree_with_the_standard_library(values, shuffler: random.Random):
    shuffler.shuffle(values)
    assert percentile(values, 0.5) == pytest.approx(statistics.median(values))
    assert percentile(values, 0.0) == min(values)
    assert percentile(values, 1.0) == max(values)
    if len(values) > 1:
        assert percentile(values, 0.9) == pytest.approx(statistics.quantiles(values, n=10, method="inclusive")[-1])


def test_no_values_have_no_percentile():
    assert percentile([], 0.9) is None
