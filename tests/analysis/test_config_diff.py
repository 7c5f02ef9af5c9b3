"""What differs in the set-up of runs."""

from __future__ import annotations

from core.analysis.comparing.comparison import compare
from core.analysis.comparing.config_diff import NOT_KEPT, NOT_SET, config_rows, flatten, threshold_text
from core.analysis.comparing.run_facts import facts_of
from core.analysis.summary import ThresholdStep
from core.analysis.tables.run_tables import tables_of
from tests.analysis.comparable import story


def test_every_setting_is_a_line_and_lists_go_by_their_ids():
    config = {
        "name": "study", "matching": {"group_size": 2, "max_p2p_rtt_ms": None}, "ice_servers": [],
        "scenes": [{"id": "welcome", "title": "Hello\n  you"}, {"id": "meet", "duration_s": 60.0}],
        "links": ["a", "b"], "ok": True,
    }  # fmt: skip
    assert flatten(config) == {
        "name": "study", "matching.group_size": "2", "matching.max_p2p_rtt_ms": "none", "ice_servers": "empty",
        "scenes[welcome].id": "welcome", "scenes[welcome].title": "Hello you", "scenes[meet].id": "meet",
        "scenes[meet].duration_s": "60", "links[1]": "a", "links[2]": "b", "ok": "yes",
    }  # fmt: skip


def test_only_what_runs_disagree_in_differs():
    rows = config_rows([{"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}, {}])
    assert {row.name: row.values for row in rows} == {
        "a": ("1", "1", NOT_KEPT), "b": ("2", "3", NOT_KEPT), "c": (NOT_SET, "4", NOT_KEPT),
    }  # fmt: skip
    assert [row.name for row in rows if row.differs] == ["b", "c"]


def test_the_limits_history_is_part_of_it():
    steps = [ThresholdStep(0.0, 150), ThresholdStep(150.0, 120), ThresholdStep(185.0, None)]
    assert threshold_text(steps) == "150 ms, from 2:30 on 120 ms, from 3:05 on no limit"
    assert threshold_text([]) == "not recorded"


def test_a_limit_that_moved_differs_though_the_files_agree():
    other = story()
    other.events = [event for event in other.events if event.elapsed_s < 100]
    runs = [facts_of(tables_of(told.events), f"run_{number}", number) for number, told in enumerate((story(), other))]
    assert [row.name for row in compare(runs).differing] == ["RTT limit over time"]
