"""A run comes out of its archive as it went in, and nothing else ever comes out of one."""

from __future__ import annotations

import json
import os
import stat
import sys
import zipfile
from pathlib import Path

import pytest

from core.runlog import archive_file
from core.runlog.archive import SUFFIX, archive, list_of, unarchive, verify
from core.runlog.archive_file import LIST_NAME, ArchiveError, problem_of_name
from core.runlog.run_notes import read_notes, write_notes
from tests.analysis.run_folders import make_run


class StoppedError(Exception):
    """Called off on the way."""


@pytest.fixture
def run(tmp_path) -> Path:
    run = make_run(tmp_path / "logs", "run_20261121_140302")
    run.match_logs_dir.mkdir()
    (run.data_dir / "deep" / "er").mkdir(parents=True)
    (run.data_dir / "deep" / "größe 🙂.bin").write_bytes(os.urandom(200_000))
    (run.data_dir / "empty").write_bytes(b"")
    write_notes(run.path, ["pilot"], "heating")
    os.utime(run.events_path, ns=(1_600_000_000_123_456_789, 1_600_000_000_123_456_789))
    os.utime(run.data_dir / "empty", ns=(0, 0))  # before what a zip can tell
    return run.path


@pytest.fixture
def packed(run, tmp_path) -> Path:
    archive(run, tmp_path / "a.zip")
    return tmp_path / "a.zip"


def content(folder: Path) -> dict[str, tuple[bytes, int] | None]:
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns) if path.is_file() else None
        for path in folder.rglob("*")
    }


def spoilt_copy(packed: Path, change) -> Path:
    """The archive with its entries (info, bytes) as `change` makes them of the list and the others."""
    with zipfile.ZipFile(packed) as whole:
        entries = {info.filename: whole.read(info) for info in whole.infolist()}
    listed = json.loads(entries[LIST_NAME])
    infos = {name: zipfile.ZipInfo(name) for name in entries}
    for info in infos.values():
        info.external_attr = (stat.S_IFREG | 0o644) << 16
    change(entries, listed, infos)
    if LIST_NAME in entries:
        entries[LIST_NAME] = json.dumps(listed).encode()
    spoilt = packed.with_name("spoilt.zip")
    with zipfile.ZipFile(spoilt, "w", zipfile.ZIP_DEFLATED) as whole:
        for name, data in entries.items():
            info = infos.get(name) or zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            whole.writestr(info, data)
    return spoilt


def test_there_and_back(run, packed, tmp_path):
    back = unarchive(packed, tmp_path / "elsewhere" / "logs")
    assert back.path == tmp_path / "elsewhere" / "logs" / run.name
    assert content(back.path) == content(run)
    assert back.manifest().run_id == run.name
    assert read_notes(back.path).tags == ["pilot"]
    assert [path.name for path in back.path.parent.iterdir()] == [run.name]
    verify(packed, back.path)


def test_any_zip_program_can_open_it(run, packed):
    with zipfile.ZipFile(packed) as whole:
        assert whole.testzip() is None
        assert whole.read(f"{run.name}/events.jsonl") == (run / "events.jsonl").read_bytes()
        assert {name.partition("/")[0] for name in whole.namelist()} == {run.name, LIST_NAME}
    assert packed.suffix == SUFFIX
    assert list_of(packed).run_id == run.name
    if os.name != "nt":
        assert stat.S_IMODE(packed.stat().st_mode) == 0o644


@pytest.mark.parametrize("name", ["a b", "größe 🙂", "<b>bold"])
def test_a_run_with_an_odd_name(tmp_path, name):
    if sys.platform == "win32" and problem_of_name(name):
        pytest.skip("no such names in Windows")
    run = make_run(tmp_path, name)
    archive(run.path, tmp_path / "a.zip")
    assert content(unarchive(tmp_path / "a.zip", tmp_path / "back").path) == content(run.path)


def test_nothing_is_overwritten(run, packed):
    before = packed.read_bytes()
    with pytest.raises(ArchiveError, match="there already"):
        archive(run, packed)
    with pytest.raises(ArchiveError, match="there already"):
        unarchive(packed, run.parent)
    assert packed.read_bytes() == before
    assert [path.name for path in run.parent.iterdir()] == [run.name]


@pytest.mark.parametrize("way", ["in", "out"])
def test_called_off_nothing_is_left_of_it(run, packed, tmp_path, way):
    def told(done: int, of: int) -> None:
        if done > of // 2:
            raise StoppedError

    before = sorted(path.name for path in tmp_path.rglob("*"))
    with pytest.raises(StoppedError):
        archive(run, tmp_path / "b.zip", told) if way == "in" else unarchive(packed, tmp_path, told)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_progress_goes_up_to_all(run, packed, tmp_path):
    for work in (lambda told: archive(run, tmp_path / "b.zip", told), lambda told: unarchive(packed, tmp_path, told)):
        told: list[tuple[int, int]] = []
        work(lambda done, of, told=told: told.append((done, of)))
        assert [done for done, _ in told] == sorted(done for done, _ in told)
        assert told[-1][0] == told[-1][1] > 200_000


@pytest.mark.parametrize("change", ["grown", "another file", "a file less"])
def test_a_run_that_changed_is_not_verified(run, packed, change):
    if change == "grown":
        with (run / "events.jsonl").open("ab") as log:
            log.write(b"{}\n")
    elif change == "another file":
        (run / "data" / "new").write_bytes(b"x")
    else:
        (run / "data" / "empty").unlink()
    with pytest.raises(ArchiveError, match="changed while it was being archived"):
        verify(packed, run)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there that a test may not have")
def test_a_run_with_a_link_in_it_is_refused(run, tmp_path):
    (run / "data" / "link").symlink_to("/etc")
    with pytest.raises(ArchiveError, match="is a link"):
        archive(run, tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()
    (tmp_path / "latest").symlink_to(run)
    (run / "data" / "link").unlink()
    assert archive(tmp_path / "latest", tmp_path / "a.zip").run_id == run.name


@pytest.mark.parametrize("place", ["start", "middle", "list", "end"])
def test_a_damaged_archive_leaves_nothing(run, packed, tmp_path, place):
    data = bytearray(packed.read_bytes())
    at = {"start": 2, "middle": len(data) // 2, "list": data.rfind(LIST_NAME.encode(), 0, -300) + 60, "end": 0}[place]
    if place == "end":
        data = data[:-500]
    else:
        data[at] ^= 0xFF
    packed.write_bytes(data)
    with pytest.raises(ArchiveError, match="Fetch it again"):
        unarchive(packed, tmp_path / "back")
    assert not list((tmp_path / "back").glob("*"))


def test_what_is_no_archive_is_said(tmp_path):
    (tmp_path / "letter.zip").write_bytes(b"Dear all")
    with pytest.raises(ArchiveError, match="damaged"):
        unarchive(tmp_path / "letter.zip", tmp_path)
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as whole:
        whole.writestr("run/events.jsonl", "{}")
    with pytest.raises(ArchiveError, match="is no archived run"):
        unarchive(tmp_path / "other.zip", tmp_path)
    with pytest.raises(ArchiveError, match="no file"):
        unarchive(tmp_path / "gone.zip", tmp_path)


# --- hostile archives ---


def renamed(name):
    def change(entries, listed, infos):
        old = listed["files"][0]["path"]
        listed["files"][0]["path"] = name
        entries[f"{listed['run_id']}/{name}"] = entries.pop(f"{listed['run_id']}/{old}")

    return change


def elsewhere(run_id):
    def change(entries, listed, infos):
        for name in [name for name in entries if name != LIST_NAME]:
            entries[f"{run_id}/{name.partition('/')[2]}"] = entries.pop(name)
        listed["run_id"] = run_id

    return change


def a_link(entries, listed, infos):
    name = f"{listed['run_id']}/{listed['files'][0]['path']}"
    infos[name].external_attr = (stat.S_IFLNK | 0o777) << 16
    entries[name] = b"/etc/passwd"


def unlisted(entries, listed, infos):
    entries[f"{listed['run_id']}/extra"] = b"x"


def outside(entries, listed, infos):
    entries["../outside"] = b"x"


def an_old_time(entries, listed, infos):
    listed["files"][0]["mtime_ns"] = -(10**30)


def a_folder_elsewhere(entries, listed, infos):
    listed["folders"] = ["../../outside"]


def a_newer_form(entries, listed, infos):
    listed["greenroom_archive"] = 2


@pytest.mark.parametrize(
    "change",
    [
        renamed("../../outside"), renamed("/tmp/outside"), renamed("data/../../../outside"), renamed("a\\..\\outside"),
        renamed(""), renamed("a//b"), renamed("x/" * 40 + "y"), renamed("n" * 300), renamed("nul\x00l"),
        elsewhere(".."), elsewhere("a/b"), elsewhere("."), a_link, unlisted, outside, an_old_time, a_folder_elsewhere,
        a_newer_form,
    ],
)  # fmt: skip
def test_what_no_run_holds_is_not_unpacked(packed, tmp_path, change):
    spoilt = spoilt_copy(packed, change)
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    with pytest.raises(ArchiveError, match=r"not unpacked|newer Greenroom|cannot be read"):
        unarchive(spoilt, tmp_path / "back" / "logs")
    left = sorted(str(path) for path in tmp_path.rglob("*"))
    assert left == before


@pytest.mark.parametrize("lie", ["smaller", "larger", "another hash"])
def test_what_the_list_says_is_held_to(packed, tmp_path, lie):
    def change(entries, listed, infos):
        if lie == "another hash":
            listed["files"][0]["sha256"] = "0" * 64
        else:
            listed["files"][-1]["size"] += 1 if lie == "larger" else -1

    with pytest.raises(ArchiveError, match="is damaged"):
        unarchive(spoilt_copy(packed, change), tmp_path / "back")
    assert not list((tmp_path / "back").glob("*"))


def test_a_bomb_is_not_lit(tmp_path, monkeypatch):
    run = make_run(tmp_path, "run_1", b"0" * 2_000_000)
    archive(run.path, tmp_path / "bomb.zip")
    monkeypatch.setattr(archive_file, "_RATIO_COUNTS_FROM", 1_000_000)
    with pytest.raises(ArchiveError, match="as no run does"):
        unarchive(tmp_path / "bomb.zip", tmp_path / "back")
    monkeypatch.setattr(archive_file, "_LARGEST_RATIO", 10_000)
    usage = type("Usage", (), {"free": 101_000_000})
    monkeypatch.setattr("core.runlog.archive.shutil.disk_usage", lambda _: usage)
    with pytest.raises(ArchiveError, match="there is room for 1,000,000"):
        unarchive(tmp_path / "bomb.zip", tmp_path / "back")
    assert not list((tmp_path / "back").glob("*"))


def test_files_that_overlap_are_refused(tmp_path):
    """Two names for the same bytes: how small archives hold petabytes."""
    listed = {
        "greenroom_archive": 1, "run_id": "r", "folders": [],
        "files": [{"path": name, "size": 1000, "mtime_ns": 0, "sha256": ""} for name in ("a", "b" * 20)],
    }  # fmt: skip
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as whole:
        whole.writestr("r/a", b"0" * 200_000)
        whole.writestr(LIST_NAME, json.dumps(listed))
        twin = zipfile.ZipInfo("r/" + "b" * 20)
        first = whole.getinfo("r/a")
        twin.header_offset, twin.CRC = first.header_offset, first.CRC
        twin.file_size = twin.compress_size = first.file_size
        whole.filelist.append(twin)
        whole.NameToInfo[twin.filename] = twin
    with pytest.raises(ArchiveError, match=r"overlap|damaged"):
        unarchive(path, tmp_path / "back")


def test_names_that_windows_cannot_have():
    for name in ("CON", "con.txt", "a:b", "tail.", "tail ", "what?", "data/aux"):
        assert problem_of_name(name, windows=True)
        assert not problem_of_name(name, windows=False)
