"""Tags and a note: kept beside the log, tidied, never at the cost of what is there."""

from __future__ import annotations

import pytest

from core.runlog.run_notes import NOTES_FILE, TAG_LIMIT, TAGS_LIMIT, RunNotes, RunNotesError, read_notes, write_notes


def test_what_was_kept_is_read_again(tmp_path):
    assert read_notes(tmp_path) == RunNotes()
    kept = write_notes(tmp_path, ["pilot", "wing <b>B</b>"], "Room 4.\nProjector flickered; “ß” 🙂")
    assert kept == read_notes(tmp_path) == RunNotes(["pilot", "wing <b>B</b>"], "Room 4.\nProjector flickered; “ß” 🙂")


def test_tags_are_tidied(tmp_path):
    tags = ["  two   words ", "Pilot", "pilot", "a,b", "", "line\nbreak", "x" * 90, *map(str, range(40))]
    kept = write_notes(tmp_path, tags, "")
    assert kept.tags[:4] == ["two words", "Pilot", "a b", "line break"]
    assert len(kept.tags[4]) == TAG_LIMIT
    assert len(kept.tags) == TAGS_LIMIT


def test_without_any_the_file_goes(tmp_path):
    write_notes(tmp_path, ["pilot"], "")
    assert (tmp_path / NOTES_FILE).exists()
    write_notes(tmp_path, [], "  \n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"tags": 5}', b'{"tags": ["\xff"]}', b"[" * 5000, b" " * 1_000_001])
def test_a_file_of_somebody_elses_is_left_alone(tmp_path, content):
    (tmp_path / NOTES_FILE).write_bytes(content)
    with pytest.raises(RunNotesError, match="does not hold tags and a note"):
        read_notes(tmp_path)
    with pytest.raises(RunNotesError, match="Mend it"):
        write_notes(tmp_path, ["pilot"], "")
    assert (tmp_path / NOTES_FILE).read_bytes() == content


def test_what_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RunNotesError, match=r"notes\.json"):
        write_notes(tmp_path / "file", ["pilot"], "")
    with pytest.raises(RunNotesError, match=r"Could not keep"):
        write_notes(tmp_path / "gone", ["pilot"], "")
