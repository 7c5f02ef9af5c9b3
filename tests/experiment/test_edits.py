"""Editing one value of an experiment file: that value changes in the text, and nothing else does."""

from __future__ import annotations

import difflib

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiment.edits import CannotEditError, insert_item, move_item, remove, set_value
from core.experiment.loader import RESOURCES, check_text
from core.experiment.problems import ExperimentError

QUICK_START = (RESOURCES / "experiments" / "quick_start" / "experiment.yaml").read_text("utf-8")
DEFAULTS = (RESOURCES / "config.yaml").read_text("utf-8")
LOOSE = """\
name: x   # short
scenes:   # all of them
- id: a   # first
  kind: page
  text: "Hi"

# about b
- {id: b,  kind: game}   # second
server:
  port: 3
"""


def changed_lines(old: str, new: str) -> list[str]:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


@pytest.mark.parametrize(
    ("place", "value", "lines"),
    [
        (("matching", "max_p2p_rtt_ms"), 90, ["-  max_p2p_rtt_ms: 150", "+  max_p2p_rtt_ms: 90"]),
        (("matching", "max_p2p_rtt_ms"), None, ["-  max_p2p_rtt_ms: 150", "+  max_p2p_rtt_ms: null"]),
        (("matching", "matchmaker_file"), "m.py", ["+  matchmaker_file: m.py"]),
        (("scenes", 0, "button"), "Yes: go", ["-    button: I agree, let's go", '+    button: "Yes: go"']),
        (("title",), "yes", ["-title: Quick start", '+title: "yes"']),
        (("server", "port"), 0, ["+", "+server:", "+  port: 0"]),
        (("completion", "text"), "a\n\nb\n", ["+  text: |", "+    a", "+", "+    b"]),
    ],
)
def test_only_that_value_changes(place, value, lines):
    assert changed_lines(QUICK_START, set_value(QUICK_START, place, value)) == lines


def test_a_setting_is_added_where_the_file_would_have_it():
    text = set_value(QUICK_START, ("title",), "x")
    text = set_value(remove(text, ("title",)), ("title",), "back", order=["name", "title", "scenes"])
    assert changed_lines(QUICK_START, text) == ["-title: Quick start", "+title: back"]


def test_a_comment_behind_a_value_stays():
    assert "group_size: 3            # how many" in set_value(DEFAULTS, ("matching", "group_size"), 3)
    assert "port: 4\n" in set_value(LOOSE, ("server", "port"), 4)
    assert 'text: "Ho"' in set_value(LOOSE, ("scenes", 0, "text"), "Ho"), "its quotes stay, too"


def test_entries_move_with_their_comments():
    moved = move_item(LOOSE, ("scenes",), 1, 0)
    assert moved.splitlines()[1:7] == [
        "scenes:   # all of them", "# about b", "- {id: b,  kind: game}   # second", "", "- id: a   # first",
        "  kind: page",
    ]  # fmt: skip
    assert move_item(moved, ("scenes",), 0, 1) == LOOSE


def test_entries_come_and_go():
    page = {"id": "c", "kind": "page", "text": "One\nTwo\n"}
    added = insert_item(LOOSE, ("scenes",), 1, page)
    assert changed_lines(LOOSE, added) == ["+- id: c", "+  kind: page", "+  text: |", "+    One", "+    Two", "+"]
    assert remove(added, ("scenes", 1)) == LOOSE
    assert "{id: b,  kind: game, title: now}   # second" in set_value(LOOSE, ("scenes", 1, "title"), "now")


def test_a_list_may_begin_and_end_empty():
    server = {"urls": ["stun:a.example.org:3478", "stun:b.example.org:3478"]}
    text = insert_item(DEFAULTS, ("ice_servers",), 0, server)
    assert "ice_servers:\n  - urls: [" in text
    assert remove(text, ("ice_servers", 0)) == DEFAULTS
    assert "scenes: [] # all of them" in remove(remove(LOOSE, ("scenes", 0)), ("scenes", 0))


def test_the_last_setting_of_a_group_takes_it_along():
    assert "server" not in remove(LOOSE, ("server", "port"))


@pytest.mark.parametrize(
    "text",
    [
        "name: [x\n",
        "- a\n",
        "name: x\nmatching: &same {group_size: 2}\nprobe: *same\n",
        "name: x\nmatching: 5\n",
    ],
)
def test_what_cannot_be_done_cleanly_is_refused(text):
    with pytest.raises(CannotEditError):
        set_value(text, ("matching", "group_size"), 3)


@settings(max_examples=40, deadline=None)  # each reads two whole files, which takes a busy machine a while
@given(
    st.sampled_from(
        [
            ("name",),
            ("matching", "matchmaker_file"),
            ("completion", "title"),
            ("completion", "code"),
            ("no_partner", "text"),
        ]
    ),
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=40), st.text("ab \n#:'\"|>-[]{}", max_size=30)),
)
def test_any_value_reads_back_and_no_comment_is_lost(place, value):
    new = set_value(DEFAULTS, place, value)
    inside = yaml.safe_load(DEFAULTS)
    wanted = inside
    for step in place[:-1]:
        wanted = wanted[step]
    wanted[place[-1]] = value
    assert yaml.safe_load(new) == inside
    touched = [line for line in changed_lines(DEFAULTS, new) if line.startswith("-")]
    assert len(touched) <= 1
    assert all(line.partition(" #")[2] in new for line in touched), "its comment stays"


def test_a_text_not_yet_saved_is_judged_with_its_lines(tmp_path):
    file = tmp_path / "experiment.yaml"
    text = set_value(LOOSE, ("server", "port"), 70_000)
    with pytest.raises(ExperimentError) as caught:
        check_text(text, file)
    (problem,) = caught.value.problems
    assert (problem.place, problem.line) == (("server", "port"), 10)
    assert "0 to 65535" in problem.sentence
    with pytest.raises(ExperimentError) as caught:
        check_text("name: x\nscenes: [\n", file)
    (problem,) = caught.value.problems
    assert (problem.place, problem.line) == ((), 3)
    assert problem.sentence.startswith("this is not valid YAML")
    assert not file.exists()
