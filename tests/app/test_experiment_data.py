"""What the experiment page is handed: the settings described, texts read, files kept whole."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import experiment_files
from app.experiment_files import FileError
from app.experiment_reading import changed, read
from app.experiment_settings import describe
from core.experiment.experiment import Experiment
from core.experiment.loader import RESOURCES, bundled_names, check_text
from core.experiment.schema import build_schema
from widgets.experiment.description import MISSING, Edit, Setting, value_at

LINE = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\ufeff"), max_size=4)


def described() -> dict[str, dict[str, Setting]]:
    """Every setting by the name of its group in the schema."""
    groups: dict[str, dict[str, Setting]] = {}
    names = {"matching": "Matching", "timeouts": "Timeouts", "probe": "Probe", "server": "Server",
             "logging": "Logging", "completion": "Completion", "no_partner": "NoPartner",
             "alerts": "Alerts"}  # fmt: skip
    for section in describe():
        group = names[str(section.place[0])] if section.place and section.settings else "Experiment"
        groups.setdefault(group, {}).update({one.name: one for one in section.settings})
        for kind in section.cards.kinds if section.cards is not None else ():
            of = {"page": "PageScene", "game": "GameScene", "": "IceServer"}[kind.tag]
            groups[of] = {one.name: one for one in kind.settings}
    return groups


def test_every_setting_of_the_schema_has_a_field_with_its_words():
    definitions = build_schema()["$defs"]
    groups = described()
    assert set(groups) == set(definitions)
    lists_and_groups = set(Experiment.__struct_fields__) - {"name", "title", "ice_transport_policy"}
    for group, schema in definitions.items():
        expected = set(schema["properties"]) - {"kind"}
        if group == "Experiment":
            expected -= lists_and_groups
        assert set(groups[group]) == expected, group
        for name, setting in groups[group].items():
            assert setting.help == schema["properties"][name]["description"]
            assert setting.title and setting.allowed, (group, name)
            assert (setting.default is MISSING) == (name in schema.get("required", ())), (group, name)


def test_defaults_are_those_in_force():
    matching = described()["Matching"]
    assert matching["max_p2p_rtt_ms"].default == 150 and matching["max_p2p_rtt_ms"].none
    assert matching["matchmaker"].choices == ("fifo", "latency_fifo", "custom")


@pytest.mark.parametrize("name", bundled_names())
def test_new_entries_are_fine_as_they_are(name: str):
    path = RESOURCES / "experiments" / name / "experiment.yaml"
    text = path.read_text("utf-8")
    for section in describe():
        for kind in section.cards.kinds if section.cards is not None else ():
            entry = {**kind.new, **({"id": "new_one"} if "id" in kind.new else {})}
            assert section.cards is not None
            check_text(changed(text, Edit("insert", section.cards.place, entry, 0)), path)


def test_a_reading_has_every_place_with_its_line(tmp_path: Path):
    text = "name: x\nscenes:\n  - id: g\n    kind: game\n    duration_s: 0\n"
    reading, loaded = read(text, tmp_path / "x.yaml")
    assert loaded is None and reading.lines[("scenes", 0, "duration_s")] == 5
    [fault] = reading.faults
    assert (fault.place, fault.line) == (("scenes", 0, "duration_s"), 5) and fault.sentence.startswith("Found 0")


@pytest.mark.parametrize("text", ["", "- a\n", "a: [\n", "\t", "a: \x00"])
def test_what_is_no_experiment_at_all_is_a_fault_with_a_line_and_no_values(tmp_path: Path, text: str):
    reading, _ = read(text, tmp_path / "x.yaml")
    assert reading.values is None and reading.problem and str(tmp_path) not in reading.problem
    assert all(fault.line >= 1 for fault in reading.faults)


@pytest.mark.parametrize(
    ("values", "place", "found"),
    [({"a": [1]}, ("a", 0), 1),
     ({"a": [1]}, ("a", 1), MISSING), ({"a": 1}, ("a", "b"), MISSING), (None, ("a",), MISSING)],
)  # fmt: skip
def test_a_value_is_found_or_missing(values: Any, place: tuple[str | int, ...], found: Any):
    assert value_at(values, place) is found


# --- files ------------------------------------------------------------------------------------------------------------


def opened(folder: Path, data: bytes) -> experiment_files.OpenFile:
    (folder / "x.yaml").write_bytes(data)
    return experiment_files.read(folder / "x.yaml")


@given(st.lists(st.tuples(LINE, st.sampled_from(["\n", "\r\n", "\r"])), max_size=6), LINE)
def test_a_file_that_is_saved_unchanged_is_the_same_file(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, str]], last: str
):
    data = ("".join(line + end for line, end in lines) + last).encode()
    folder = tmp_path_factory.mktemp("same")
    file = opened(folder, data)
    experiment_files.write(file.path, file.text, file)
    assert file.path.read_bytes() == data


def test_mixed_line_ends_stay_with_their_lines_and_new_lines_get_the_usual_one(tmp_path: Path):
    file = opened(tmp_path, b"\xef\xbb\xbfa\r\nb\nc\r\nd\r\n")
    experiment_files.write(file.path, file.text.replace("c\n", "c\nnew\n"), file)
    assert file.path.read_bytes() == b"\xef\xbb\xbfa\r\nb\nc\r\nnew\r\nd\r\n"


@pytest.mark.skipif(sys.platform == "win32", reason="files there have no such rights")
def test_who_may_read_it_stays(tmp_path: Path):
    file = opened(tmp_path, b"a: 1\n")
    file.path.chmod(0o640)
    experiment_files.write(file.path, "a: 2\n", file)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o640
    fresh = experiment_files.write(tmp_path / "new.yaml", "a: 1\n", None)
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(fresh.path.stat().st_mode) == 0o666 & ~umask


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = opened(tmp_path, b"a: 1\n")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="No space left"):
        experiment_files.write(file.path, "a: 2\n", file)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("x.yaml", b"a: 1\n")]


def test_what_others_wrote_gets_a_name_that_nobody_has(tmp_path: Path):
    file = opened(tmp_path, b"a: 1\n")
    assert not file.changed_on_disk()
    file.path.write_bytes(b"a: 2\n")
    assert file.changed_on_disk()
    kept = [experiment_files.keep_theirs(file.path).name for _ in range(3)]
    assert kept == ["x.theirs.yaml", "x.theirs2.yaml", "x.theirs3.yaml"]
